# shellcheck shell=bash
# Exchanges with the KDC alone.
CLIENT='MIT kinit and kvno' SERVER='Samba AD DC'
SERVICE=cifs/fs.lab.test
RC4='default_tkt_enctypes = arcfour-hmac;default_tgs_enctypes = arcfour-hmac;permitted_enctypes = arcfour-hmac;allow_weak_crypto = true'
AES128='default_tkt_enctypes = aes128-cts-hmac-sha1-96;permitted_enctypes = aes128-cts-hmac-sha1-96'
DES3='default_tkt_enctypes = des3-cbc-sha1;permitted_enctypes = des3-cbc-sha1;allow_weak_crypto = true'
TCP='udp_preference_limit = 1'

scenario 10-as-and-tgs-udp 'A ticket-granting ticket (refused without pre-authentication, then given) and a service ticket, over UDP as far as the answers fit.' \
  client_tickets alice "$SERVICE"
scenario 10-as-and-tgs-tcp 'A ticket-granting ticket and a service ticket over TCP from the start.' \
  with_krb5 "$TCP" client_tickets alice "$SERVICE"
scenario 10-as-and-tgs-ipv6 'A ticket-granting ticket and a service ticket over IPv6.' \
  edit_krb5 's/kdc = 10.77.0.10/kdc = [fd77::10]/' client_tickets alice "$SERVICE"
scenario 10-rc4-as 'The client knows nothing but RC4. The answer is encrypted so; the ticket in it, which is for the KDC, is AES all the same.' \
  with_krb5 "$RC4" kinit_with alice
TICKET=alice scenario 10-rc4-tgs 'The account of the service knows nothing but RC4.' \
  client kvno HTTP/rc4.lab.test
scenario 10-aes128 'The client wants AES with 128 bits. The answers are encrypted so; the tickets in them, which are not for it to read, have 256.' \
  with_krb5 "$AES128" client_tickets alice "$SERVICE"
scenario 10-etype-not-supported 'The client offers an encryption type that the KDC does not have.' \
  with_krb5 "$DES3" kinit_with alice
PASSWORD=wrong scenario 10-preauth-failed 'A wrong password.' \
  kinit_with bob
scenario 10-client-unknown 'A user who is not in the realm.' \
  kinit_with nosuchuser
scenario 10-client-disabled 'A disabled account.' \
  kinit_with disabled
scenario 10-client-expired 'An expired account.' \
  kinit_with expired
scenario 10-client-logon-hours 'An account that may not log on at this hour.' \
  kinit_with hours
scenario 10-password-must-change 'The password must be changed: kinit asks for a ticket to the password service.' \
  kinit_with change
TICKET=alice scenario 10-spn-unknown 'A service that the KDC does not know.' \
  client kvno HTTP/nospn.lab.test
TICKET=alice scenario 10-many-services 'One client asks for RC4 tickets to all services that have an account: roasting. The KDC refuses that of the account that has AES alone.' \
  client kvno -e arcfour-hmac HTTP/rc4.lab.test HTTP/web.lab.test MSSQLSvc/sql.lab.test:1433 cifs/spnwrong.lab.test
skewed_kinit() { client faketime -f +20m kinit alice <<<"$PASSWORD"; }
scenario 10-clock-skew-as 'The clock of the client is twenty minutes ahead and it does not adjust.' \
  with_krb5 'kdc_timesync = 0' skewed_kinit
TICKET=alice scenario 10-clock-skew-tgs 'The clock goes wrong after the ticket-granting ticket.' \
  client faketime -f +20m kvno "$SERVICE"
renew() {
  kinit_with -r 2d alice
  client kinit -R
}
scenario 10-renew 'A ticket is renewed.' renew
change_password() { client kpasswd bob <<<"$PASSWORD"$'\n'"$PASSWORD"$'\n'"$PASSWORD"; }
CLIENT=kpasswd
scenario 10-kpasswd 'A password is changed over port 464. The answer is sealed: that there is one shows, that it says "changed" does not.' change_password
CLIENT='MIT kinit and kvno'
s4u2self() {
  kinit_with svcweb
  client kvno -U alice svcweb
}
scenario 10-s4u2self 'A service asks for a ticket to itself in the name of a user. A request for that user, which is refused, comes first.' s4u2self
fast() { client kinit -c "$WORK/armoured" -T "FILE:$CCACHE" bob <<<"$PASSWORD"; }
TICKET=alice scenario 10-fast 'A request armoured with the ticket of another (FAST).' fast
scenario 10-enterprise-name 'The user is named by an enterprise name.' \
  kinit_with -E alice@lab.test
TICKET=svcweb scenario 10-user-to-user 'A service ticket that is encrypted in the session key of another ticket, not in a long-term key.' \
  client kvno --u2u "FILE:$BASE/work/10-user-to-user/ccache" HTTP/web.lab.test
# The same refusals, and the logon that follows them.
CLIENT='MIT kinit and kvno, smbclient' SERVER='Samba smbd, Samba AD DC'
then_ntlm() {
  "$@"
  smb "${FS[@]}" -c ls
}
scenario 10-clock-skew-as-then-ntlm 'The clock of the client is twenty minutes ahead; it gets no ticket-granting ticket, and NTLM follows.' \
  with_krb5 'kdc_timesync = 0' then_ntlm skewed_kinit
scenario 10-etype-not-supported-then-ntlm 'The KDC has no encryption type of the client for the user, and NTLM follows.' \
  with_krb5 "$DES3" then_ntlm kinit_with alice
CLIENT='impacket' SERVER='Samba AD DC'
impacket_tgt() { (cd "$WORK" && python "$VENV/bin/getTGT.py" -dc-ip 10.77.0.10 "LAB.TEST/alice:$PASSWORD"); }
scenario 10-impacket-tgt 'impacket asks for a ticket-granting ticket.' impacket_tgt
scenario 10-checksum-refused 'impacket signs its request for a service ticket with a checksum that the KDC refuses.' \
  client env -u KRB5CCNAME "$VENV/bin/python" "$VENV/bin/GetADUsers.py" -k -dc-host dc1.lab.test -dc-ip 10.77.0.10 "LAB.TEST/alice:$PASSWORD"

CLIENT='MIT kinit and kvno' SERVER='MIT krb5kdc'
scenario 10-mit-kdc 'A ticket-granting ticket and a service ticket from MIT'"'"'s KDC, over UDP.' \
  client_tickets mallory@MIT.TEST host/kdc.mit.test@MIT.TEST
scenario 10-mit-no-preauth 'MIT'"'"'s KDC and an account without pre-authentication.' \
  kinit_with trudy@MIT.TEST
PASSWORD=wrong scenario 10-mit-preauth-failed 'MIT'"'"'s KDC and a wrong password.' \
  kinit_with mallory@MIT.TEST
CLIENT='impacket'
scenario 10-asrep-roast 'impacket asks for a ticket of an account without pre-authentication, to guess its password: with RC4, which the KDC refuses, then with AES, and all of it twice.' \
  python "$VENV/bin/GetNPUsers.py" -no-pass -dc-ip 10.77.0.30 MIT.TEST/trudy

# The client knows no KDC but a proxy ([MS-KKDCP]). TLS ends at web; the hop from there to the proxy is in clear.
SERVER='kdcproxy, stunnel'
SHIM='stunnel ends TLS before the proxy, so that the requests can be read; the proxy runs in the HTTP server of Python'
FILTER='not arp and not icmp6 and (host 10.77.0.50 or port 8080) and not port 53'
CLIENT='MIT kinit and kvno'
scenario 10-kdc-proxy 'Kerberos through a KDC proxy: a ticket-granting ticket and a service ticket.' \
  through_kdc_proxy client_tickets alice "$SERVICE"
unknown_service() {
  kinit_with alice
  client kvno HTTP/nospn.lab.test
}
scenario 10-kdc-proxy-spn-unknown 'A service that the KDC behind the proxy does not know.' \
  through_kdc_proxy unknown_service
CLIENT=kpasswd
scenario 10-kdc-proxy-kpasswd 'A password is changed through the proxy.' through_kdc_proxy change_password
unset FILTER
SHIM=''
