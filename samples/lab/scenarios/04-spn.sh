# shellcheck shell=bash
# The service principal is unknown to the KDC, or stands on the wrong account.
CLIENT='smbclient' SERVER='Samba smbd, Samba AD DC'

scenario 04-smb-spn-unknown-then-ntlm 'The server is reached by an alias for which no service principal is registered. The KDC says so, and the client falls back to NTLM.' \
  smb //nospn.lab.test/data "${ALICE_UPN[@]}" -c ls
scenario 04-smb-spn-unknown-kerberos-required 'The server is reached by an alias without a service principal, and the client must use Kerberos: it gives up, and there is no logon.' \
  smb //nospn.lab.test/data "${ALICE_UPN[@]}" --use-kerberos=required -c ls
scenario 04-smb-spn-on-wrong-account 'The service principal of the alias stands on another account. The KDC gives a ticket that the server cannot open; the logon fails and there is no fallback.' \
  smb //spnwrong.lab.test/data "${ALICE_UPN[@]}" -c ls

CLIENT='curl, gss-ntlmssp' SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
TICKET=alice scenario 04-http-spn-unknown-then-ntlm 'The web site has an alias without a service principal. The KDC refuses, and SPNEGO goes on with NTLM.' \
  with_ntlm_users curl_get --negotiate -u : http://unreg.lab.test/neg/
CLIENT='curl'
TICKET=alice scenario 04-http-wrong-key 'The service principal of the alias stands on an account whose key the web server does not have. The server refuses the ticket with 401, and with KRB_AP_ERR_NOT_US in its token.' \
  curl_get --negotiate -u : http://rc4.lab.test/neg/
CLIENT='curl, gss-ntlmssp'
wrong_key_then_ntlm() {
  curl_get --negotiate -u : http://rc4.lab.test/neg/
  rm -f "$CCACHE"
  curl_get --negotiate -u : http://rc4.lab.test/neg/
}
TICKET=alice scenario 04-http-wrong-key-then-ntlm 'The server refuses the ticket with 401; the user tries again without tickets, and NTLM works.' \
  with_ntlm_users wrong_key_then_ntlm

CLIENT='curl, gss-ntlmssp'
TICKET=alice scenario 04-http-etype-not-supported-then-ntlm 'The account of the service knows nothing but RC4 and the client nothing but AES. The KDC refuses, and SPNEGO goes on with NTLM.' \
  with_krb5 'permitted_enctypes = aes256-cts-hmac-sha1-96' with_ntlm_users curl_get --negotiate -u : http://rc4.lab.test/neg/
skewed_get() { client "${NTLM_USERS[@]}" faketime -f +20m curl -sSi --max-time 20 "$@"; }
TICKET=alice scenario 04-http-clock-skew-then-ntlm 'The clock of the client is twenty minutes ahead. The KDC refuses, and SPNEGO goes on with NTLM.' \
  with_ntlm_users skewed_get --negotiate -u : http://web.lab.test/neg/

CLIENT='smbclient' SERVER='Samba smbd, Samba AD DC'
refused_then_ntlm() {
  smb //spnwrong.lab.test/data "${ALICE_UPN[@]}" -c ls
  smb //spnwrong.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls
}
scenario 04-smb-refused-then-ntlm 'The server refuses a ticket and does not say why; the user tries again with NTLM, which works.' \
  refused_then_ntlm

CLIENT='MIT kinit and kvno, smbclient'
ticket_not_used() {
  client kvno cifs/fs.lab.test
  smb "${FS[@]}" -c ls
}
TICKET=alice scenario 04-smb-ticket-not-used 'The client has just got a ticket for the server, and the program is told to use NTLM.' \
  ticket_not_used

# Not what it looks like.
ticket_of_another_service() {
  client kvno HTTP/web.lab.test host/fs.lab.test
  smb "${FS[@]}" -c ls
}
TICKET=alice scenario 04-smb-ticket-of-another-service 'The client has tickets for another server and for another service of this server, and the program is told to use NTLM.' \
  ticket_of_another_service
unknown_elsewhere() {
  client kvno cifs/nospn.lab.test
  smb "${FS[@]}" -c ls
}
TICKET=alice scenario 04-smb-spn-of-another-host 'The KDC does not know the service principal of another host; then the program is told to use NTLM with this one.' \
  unknown_elsewhere
