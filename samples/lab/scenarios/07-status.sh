# shellcheck shell=bash
# Every way in which a logon fails.
CLIENT='smbclient' SERVER='Samba smbd, Samba winbindd'

# fails NAME USER WORDS: NTLMv2 with the right password of an account that may not log on.
fails() {
  scenario "$1" "$3" smb //fs.lab.test/data -U "LAB/$2%$PASSWORD" "${NO_KERBEROS[@]}" -c ls
}

scenario 07-wrong-password 'NTLMv2 with a wrong password.' \
  smb //fs.lab.test/data -U LAB/bob%wrong "${NO_KERBEROS[@]}" -c ls
scenario 07-unknown-user 'A user who is not in the domain.' \
  smb //fs.lab.test/data -U LAB/nosuch%wrong "${NO_KERBEROS[@]}" -c ls
scenario 07-unknown-domain 'A domain that nobody knows.' \
  smb //fs.lab.test/data -U "NOWHERE/alice%$PASSWORD" "${NO_KERBEROS[@]}" -c ls
fails 07-account-disabled disabled 'The account is disabled.'
fails 07-account-expired expired 'The account has expired.'
fails 07-logon-hours hours 'The account may not log on at this hour, nor at any other.'
fails 07-workstation station 'The account may log on from another workstation only.'
fails 07-password-must-change change 'The password must be changed before the first logon.'
fails 07-protected-user shielded 'The account is in Protected Users.'

lockout() {
  local try
  for try in 1 2 3; do smb //fs.lab.test/data -U "LAB/locked%wrong$try" "${NO_KERBEROS[@]}" -c ls; done
  smb //fs.lab.test/data -U "LAB/locked%$PASSWORD" "${NO_KERBEROS[@]}" -c ls
}
unlock() { admin user unlock locked >>"$LOG/accounts.log" 2>&1; }
PREPARE=unlock scenario 07-account-locked-out 'Three wrong passwords lock the account; the fourth is right and refused.' lockout
spray() {
  local user
  for user in alice bob carol dave eve frank grace heidi ivan judy; do
    smb //fs.lab.test/data -U "LAB/$user%Winter2026" "${NO_KERBEROS[@]}" -c ls
  done
}
scenario 07-password-spray 'One password is tried with ten users, one after the other.' spray

SERVER='Samba smbd, Samba AD DC'
scenario 07-wrong-password-then-ntlm 'The wrong password fails at the KDC first; the client then tries it with NTLM, which fails too.' \
  smb //fs.lab.test/data -U bob@LAB.TEST%wrong -c ls
scenario 07-account-disabled-then-ntlm 'The KDC says that the account is revoked; the client then tries NTLM, which fails too.' \
  smb //fs.lab.test/data -U "disabled@LAB.TEST%$PASSWORD" -c ls
SERVER='Samba smbd, Samba winbindd'
scenario 07-share-denied 'The logon succeeds and the share does not exist: that is no failed logon.' \
  smb '//fs.lab.test/nosuchshare' "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls
