# shellcheck shell=bash
# SIP with the fields of [MS-SIPAE], without TLS.
CLIENT='pyspnego, python-gssapi' SERVER='pyspnego, python-gssapi'
SHIM='both ends are clients/sip_logon.py around the tokens of pyspnego and MIT; it writes the messages of [MS-SIPAE] 4'
sip_logon() { python "$LAB/clients/sip_logon.py" fs.lab.test 5060 "$@"; }

scenario 23-sip-ntlm 'A client registers over TCP with NTLM, whose first message is empty.' sip_logon tcp ntlm 'LAB\alice' "$PASSWORD"
scenario 23-sip-ntlm-wrong-password 'The same over UDP with a wrong password.' sip_logon udp ntlm 'LAB\alice' wrong
TICKET=alice scenario 23-sip-krb5 'A client registers over TCP with Kerberos.' sip_logon tcp kerberos
SHIM=''
