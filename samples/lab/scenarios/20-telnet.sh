# shellcheck shell=bash
# Telnet's AUTHENTICATION option: Kerberos 5 and NTLM.
CLIENT='inetutils telnet' SERVER='inetutils telnetd'
SHIM='both want DES, which no Kerberos has any more; clients/telnet_without_des.c lets them do without it'
telnet_to() { { sleep 3; } | client env LD_PRELOAD="$RUN/telnet_without_des.so" telnet -a -l alice "$1"; }

LIMIT=6 TICKET=alice scenario 20-telnet-krb5 'Telnet with Kerberos 5.' telnet_to telnet.lab.test
LIMIT=6 TICKET=alice scenario 20-telnet-krb5-refused \
  'The server has no room for a ticket with a PAC and refuses it, once for each of two modes. The client then gives up.' \
  telnet_to fs.lab.test
CLIENT='pyspnego' SERVER='pyspnego'
SHIM='both ends are clients/telnet_ntlm.py around the tokens of pyspnego; NTLM is in the telnet of Windows alone'
telnet_ntlm() { python "$LAB/clients/telnet_ntlm.py" fs.lab.test 2323 'LAB\alice' "$1"; }
scenario 20-telnet-ntlm 'NTLM by [MS-TNAP].' telnet_ntlm "$PASSWORD"
scenario 20-telnet-ntlm-wrong-password 'The same with a wrong password.' telnet_ntlm wrong
SHIM=''
