# shellcheck shell=bash
# Two forests, first strangers to each other, then with a trust; referrals; realms that nobody knows.
CLIENT='MIT kinit and kvno' SERVER='Samba AD DC'
# Without the line for ext.test the client does not know the realm and lets its KDC refer it.
BY_REFERRAL='/ext.test = /d'
STRANGE_REALM='s/kdc = 10.77.0.20/kdc = 10.77.0.10/'

PREPARE=trust_down scenario 05-foreign-realm-principal-unknown 'kinit asks the KDC of EXT.TEST for a user who is in LAB.TEST.' \
  kinit_with alice@EXT.TEST
PREPARE=trust_down scenario 05-foreign-realm-at-the-wrong-kdc 'kinit asks the KDC of LAB.TEST for a user of EXT.TEST.' \
  edit_krb5 "$STRANGE_REALM" kinit_with eve@EXT.TEST
PREPARE=trust_down scenario 05-foreign-realm-no-trust 'A service in EXT.TEST, and no trust: the KDC of LAB.TEST does not know the ticket-granting service of EXT.TEST.' \
  client_tickets alice cifs/dc2.ext.test@EXT.TEST
PREPARE=trust_down scenario 05-unknown-suffix 'A service whose name belongs to no known realm.' \
  client_tickets alice cifs/srv.nowhere.example
CLIENT='smbclient' SERVER='Samba AD DC'
PREPARE=trust_down scenario 05-smb-no-trust-then-ntlm 'A user of LAB.TEST opens a share in EXT.TEST, and there is no trust. Kerberos fails at the KDC, NTLM fails at the server, which does not know the user.' \
  smb //dc2.ext.test/data "${ALICE_UPN[@]}" -c ls

CLIENT='MIT kinit and kvno'
PREPARE=trust_up scenario 05-trust-direct 'The client knows the realm of the service: it asks its own KDC for a ticket of the KDC of EXT.TEST, and that one for the service.' \
  client_tickets alice cifs/dc2.ext.test@EXT.TEST
PREPARE=trust_up scenario 05-trust-referral 'The client does not know the realm; its KDC refers it to EXT.TEST.' \
  edit_krb5 "$BY_REFERRAL" client_tickets alice cifs/dc2.ext.test
PREPARE=trust_up scenario 05-trust-spn-unknown 'The KDC of the trusted realm does not know the service.' \
  edit_krb5 "$BY_REFERRAL" client_tickets alice cifs/nospn.ext.test
CLIENT='smbclient' SERVER='Samba AD DC'
PREPARE=trust_up scenario 05-trust-smb-krb5 'A user of LAB.TEST opens a share in EXT.TEST over the trust, with Kerberos: the client asks its KDC for the cross-realm ticket itself.' \
  smb //dc2.ext.test/data "${ALICE_UPN[@]}" -c ls
PREPARE=trust_up scenario 05-trust-smb-ntlm 'A user of LAB.TEST opens a share in EXT.TEST over the trust; the client was told to use NTLM. The domain controller of EXT.TEST passes the logon on to that of LAB.TEST, which is not in the capture.' \
  smb //dc2.ext.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls
PREPARE=trust_up scenario 05-trust-kdc-unreachable-then-ntlm 'The KDC of the trusted realm refuses the client; the KDC of its own realm works. The client falls back to NTLM.' \
  refuse_from_client dc2 $'tcp dport 88 reject\nudp dport 88 reject' smb //dc2.ext.test/data "${ALICE_UPN[@]}" -c ls
SERVER='Samba smbd, Samba AD DC'
PREPARE=trust_up scenario 05-trust-user-from-ext 'A user of EXT.TEST opens a share in LAB.TEST over the trust, with Kerberos.' \
  smb //fs.lab.test/data -U "eve@EXT.TEST%$PASSWORD" -c ls
