# shellcheck shell=bash
# Every way in which a logon fails.
CLIENT='smbclient' SERVER='Samba smbd, Samba winbindd'

scenario 07-wrong-password 'NTLMv2 with a wrong password.' \
  smb //fs.lab.test/data -U LAB/bob%wrong "${NO_KERBEROS[@]}" -c ls
