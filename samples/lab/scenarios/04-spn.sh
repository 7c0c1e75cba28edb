# shellcheck shell=bash
# The service principal is unknown to the KDC, or stands on the wrong account.
CLIENT='smbclient' SERVER='Samba smbd, Samba AD DC'

scenario 04-smb-spn-unknown-then-ntlm 'The server is reached by an alias for which no service principal is registered. The KDC says so, and the client falls back to NTLM.' \
  smb //nospn.lab.test/data "${ALICE_UPN[@]}" -c ls
scenario 04-smb-spn-on-wrong-account 'The service principal of the alias stands on another account. The KDC gives a ticket that the server cannot open; the logon fails and there is no fallback.' \
  smb //spnwrong.lab.test/data "${ALICE_UPN[@]}" -c ls
