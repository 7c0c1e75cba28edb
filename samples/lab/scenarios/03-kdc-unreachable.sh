# shellcheck shell=bash
# Port 88 does not answer the client: dropped, reset, or refused by ICMP, over UDP and over TCP.
CLIENT='smbclient' SERVER='Samba smbd, Samba AD DC'
FS_UPN=(smb //fs.lab.test/data "${ALICE_UPN[@]}" -c ls)
# Heimdal's spelling of "TCP only".
TCP_ONLY='s#kdc = 10.77.0.10#kdc = tcp/10.77.0.10#'

scenario 03-kdc-drop-then-ntlm 'The KDC is silent: packets to port 88 are dropped. The client asks over UDP, tries again, and falls back to NTLM; TCP it does not try.' \
  refuse_from_client dc $'udp dport 88 drop\ntcp dport 88 drop' "${FS_UPN[@]}"
scenario 03-kdc-reset-then-ntlm 'Port 88 is closed. The client asks over UDP, gets ICMP port unreachable and falls back to NTLM; TCP, which would be reset, it does not try.' \
  refuse_from_client dc $'udp dport 88 reject with icmp port-unreachable\ntcp dport 88 reject with tcp reset' "${FS_UPN[@]}"
scenario 03-kdc-icmp-then-ntlm 'A firewall answers port 88 with ICMP "communication administratively prohibited". The client asks over UDP once and falls back to NTLM.' \
  refuse_from_client dc $'udp dport 88 reject with icmp admin-prohibited\ntcp dport 88 reject with icmp admin-prohibited' "${FS_UPN[@]}"
scenario 03-kdc-icmp-host-then-ntlm 'A router answers with ICMP host unreachable. The client asks over UDP again and again, and then falls back to NTLM.' \
  refuse_from_client dc $'udp dport 88 reject with icmp host-unreachable\ntcp dport 88 reject with icmp host-unreachable' "${FS_UPN[@]}"
LIMIT=120 scenario 03-kdc-tcp-drop-then-ntlm 'The client asks the KDC over TCP alone and its SYNs are dropped.' \
  edit_krb5 "$TCP_ONLY" refuse_from_client dc 'tcp dport 88 drop' "${FS_UPN[@]}"
scenario 03-kdc-tcp-reset-then-ntlm 'The client asks the KDC over TCP alone and is reset.' \
  edit_krb5 "$TCP_ONLY" refuse_from_client dc 'tcp dport 88 reject with tcp reset' "${FS_UPN[@]}"
scenario 03-kdc-tcp-icmp-then-ntlm 'The client asks the KDC over TCP alone and gets ICMP port unreachable.' \
  edit_krb5 "$TCP_ONLY" refuse_from_client dc 'tcp dport 88 reject with icmp port-unreachable' "${FS_UPN[@]}"
scenario 03-kdc-tcp-reset-after-too-big 'UDP reaches the KDC, but the ticket is too big for it and TCP is reset: a firewall that was opened for UDP only.' \
  refuse_from_client dc 'tcp dport 88 reject with tcp reset' "${FS_UPN[@]}"
scenario 03-kdc-udp-drop-then-ntlm 'UDP to port 88 is dropped. TCP would work, but this client does not try it and falls back to NTLM.' \
  refuse_from_client dc 'udp dport 88 drop' "${FS_UPN[@]}"

CLIENT='curl, gss-ntlmssp' SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
TICKET=alice scenario 03-http-kdc-drop-then-ntlm 'curl holds a ticket-granting ticket, but cannot get a service ticket since the KDC is silent over TCP and over UDP (in fragments); SPNEGO goes on with NTLM.' \
  refuse_from_client dc $'udp dport 88 drop\ntcp dport 88 drop' with_ntlm_users curl_get --negotiate -u : http://web.lab.test/neg/

CLIENT='MIT kinit and kvno' SERVER='Samba AD DC'
scenario 03-kinit-kdc-drop 'kinit asks a silent KDC and gives up. There is no logon to fall back to.' \
  refuse_from_client dc $'udp dport 88 drop\ntcp dport 88 drop' kinit_with alice
scenario 03-kinit-udp-drop-tcp-works 'UDP to port 88 is dropped; kinit goes over to TCP after a second, for each of its two requests, and gets its ticket.' \
  refuse_from_client dc 'udp dport 88 drop' kinit_with alice
scenario 03-kinit-kdc-refused 'kinit asks a KDC whose ports are closed.' \
  refuse_from_client dc $'udp dport 88 reject with icmp port-unreachable\ntcp dport 88 reject with tcp reset' kinit_with alice
