# shellcheck shell=bash
# The server is named by its address, of which no service principal can be made.
CLIENT='smbclient' SERVER='Samba smbd'

scenario 02-smb3-ntlmv2-by-ip 'A domain user opens a share by the IP address of the server. No service principal can be made of an address, so the client offers NTLM alone, although the server takes Kerberos.' \
  smb //10.77.0.11/data "${ALICE[@]}" -c ls
scenario 02-smb2-ntlmv2-by-ip 'A domain user opens a share by the IP address of the server, over the SMB 2.0.2 dialect.' \
  smb //10.77.0.11/data "${ALICE[@]}" -m SMB2_02 -c ls
SERVER='Samba AD DC'
scenario 02-smb3-ntlmv2-dc-by-ip 'The domain controller itself is named by its IP address.' \
  smb //10.77.0.10/data "${ALICE[@]}" -c ls
