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

# Not a fallback: the address has a service principal, as TryIPSPN on Windows would use it.
CLIENT='curl' SERVER='Apache httpd, mod_auth_gssapi'
name_the_address() { admin spn add HTTP/10.77.0.13 svcweb >/dev/null 2>&1; }
PREPARE=name_the_address TICKET=alice scenario 02-http-krb5-by-ip 'A principal is registered for the address of the web server: Kerberos works by address.' \
  with_krb5 'rdns = false;dns_canonicalize_hostname = false' curl_get --negotiate -u : http://10.77.0.13/neg/
