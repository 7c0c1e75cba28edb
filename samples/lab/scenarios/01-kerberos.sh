# shellcheck shell=bash
# Kerberos works.
CLIENT='smbclient' SERVER='Samba smbd, Samba AD DC'

scenario 01-smb3-krb5 'A domain user opens a share by the name of the server. The client gets a ticket-granting ticket (first without pre-authentication, then too big for UDP, then over TCP), a service ticket, and logs on with Kerberos inside SPNEGO.' \
  smb //fs.lab.test/data "${ALICE_UPN[@]}" -c ls
scenario 01-smb3-krb5-dc 'The file server is the domain controller itself: KDC and SMB are at one address. Its ticket permits delegation, so the client also asks for a ticket-granting ticket to hand on.' \
  smb //dc1.lab.test/data "${ALICE_UPN[@]}" -c ls
scenario 01-smb21-krb5 'Kerberos over the SMB 2.1 dialect.' \
  smb //fs.lab.test/data "${ALICE_UPN[@]}" -m SMB2_10 -c ls
TICKET=alice scenario 01-smb3-krb5-ticket 'The client already holds a ticket-granting ticket, so that only the service ticket is asked for.' \
  smb //fs.lab.test/data --use-krb5-ccache="$BASE/work/01-smb3-krb5-ticket/ccache" --use-kerberos=required -c ls
scenario 01-smb3-krb5-required-workgroup 'The client must use Kerberos, and the server stands alone and has none. The KDC does not know its principal; nothing is sent to the server but the SMB negotiation.' \
  smb //wg.lab.test/data "${ALICE_UPN[@]}" --use-kerberos=required -c ls

machine_logon() {
  note smbclient -s "$RUN/fs/smb.conf" -P //dc1.lab.test/netlogon -c ls
  on fs smbclient -s "$RUN/fs/smb.conf" -P //dc1.lab.test/netlogon -c ls
}
FILTER='host 10.77.0.11 and port 445' scenario 01-smb3-krb5-machine-account 'The computer itself logs on, with the account of the machine. Only SMB is in the capture: how it got its tickets is not.' \
  machine_logon
