# shellcheck shell=bash
# Servers that stand alone, and accounts that are a server's own.
CLIENT='smbclient' SERVER='Samba smbd'

scenario 06-workgroup-local-account 'An account of the server itself, named with the name of the server.' \
  smb //wg/data -U "WG/carol%$PASSWORD" -c ls
scenario 06-workgroup-default-domain 'An account of a server that stands alone, named with its workgroup.' \
  smb -W WORKGROUP //wg.lab.test/data "${CAROL[@]}" -c ls
scenario 06-workgroup-by-ip 'The server stands alone and is named by its address: two reasons at once.' \
  smb //10.77.0.12/data -U "WG/carol%$PASSWORD" -c ls
SERVER='Samba smbd, Samba AD DC'
scenario 06-workgroup-domain-user 'A domain user at a server that stands alone: the client gets a ticket-granting ticket, the KDC does not know the server, the server offers NTLM only, and it lets the stranger in as a guest.' \
  smb //wg.lab.test/data "${ALICE_UPN[@]}" -c ls
SERVER='Samba smbd'
scenario 06-workgroup-guest 'A name that the server does not know is let in as a guest: the session flags say so.' \
  smb //wg/data -U WG/nobodyknown%x -c ls
scenario 06-workgroup-wrong-password 'The local account with a wrong password.' \
  smb //wg/data -U WG/carol%wrong -c ls
scenario 06-local-account-on-member 'The server is a domain member, but the account is its own; the client was told to use NTLM.' \
  smb //fs.lab.test/data -U "FS/games%$PASSWORD" "${NO_KERBEROS[@]}" -c ls
scenario 06-account-of-the-client 'An account of the client itself, named with the name of the client; the server does not know it.' \
  smb //fs.lab.test/data -U "CL/alice%$PASSWORD" "${NO_KERBEROS[@]}" -c ls
scenario 06-cloud-account 'An account that Windows names as one of Microsoft Entra; the server does not know it.' \
  smb //fs.lab.test/data -U "AzureAD/alice%$PASSWORD" "${NO_KERBEROS[@]}" -c ls

# What the member server asks the domain controller is in view: a logon of the domain is handed on to it, and then one of the
# server's own accounts is not.
both_accounts() {
  smb //fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls
  sleep 1
  smb //fs.lab.test/data -U "FS/games%$PASSWORD" "${NO_KERBEROS[@]}" -c ls
}
CLIENT='smbclient' SERVER='Samba smbd, Samba winbindd, Samba AD DC'
FILTER='not arp and not icmp6 and (host 10.77.0.50 or (host 10.77.0.11 and host 10.77.0.10)) and not port 53' \
  scenario 06-local-account-beside-pass-through 'A domain account and one of the server itself: only the first is handed on to the domain controller.' \
  both_accounts
