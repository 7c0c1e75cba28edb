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
