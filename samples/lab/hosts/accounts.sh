# shellcheck shell=bash
# Users, services and names of both domains. One account for each way in which a logon can fail.

accounts_build() {
  admin domain passwordsettings set --complexity=off --min-pwd-age=0 --max-pwd-age=999 --history-length=0
  local user
  for user in alice bob disabled expired hours station change shielded locked zoë svcweb svcrc4 svcsql; do
    admin user create "$user" "$PASSWORD"
  done
  service_names
  failing_accounts
  dns_names
  on dc2 samba-tool user create eve "$PASSWORD" -s "$RUN/dc2/etc/smb.conf"
} >>"$LOG/accounts.log" 2>&1

service_names() {
  admin spn add HTTP/web.lab.test svcweb
  admin spn add HTTP/rc4.lab.test svcrc4
  admin spn add cifs/spnwrong.lab.test svcrc4
  admin spn add MSSQLSvc/sql.lab.test:1433 svcsql
  set_attribute svcweb msDS-SupportedEncryptionTypes 24 # AES
  set_attribute svcrc4 msDS-SupportedEncryptionTypes 4  # RC4 alone
  admin domain exportkeytab "$RUN/web.keytab" --principal=HTTP/web.lab.test
  chmod 644 "$RUN/web.keytab"
}

failing_accounts() {
  admin user disable disabled
  admin user setexpiry expired --days=0
  set_attribute change pwdLastSet 0
  set_attribute station userWorkstations NOWHERE
  set_attribute hours logonHours:: "$(head -c 21 /dev/zero | base64)"
  admin group addmembers 'Protected Users' shielded
  # Three failures lock this account, and no other.
  admin domain passwordsettings pso create lockout 1 --account-lockout-threshold=3 --complexity=off --min-pwd-age=0
  admin domain passwordsettings pso apply lockout locked
}

dns_names() {
  local name
  for name in fs:11 web:13 sql:13 rc4:13 wg:12 nospn:11 unreg:13 spnwrong:11; do
    admin dns add 127.0.0.1 lab.test "${name%%:*}" A "10.77.0.${name##*:}" -U "Administrator%$PASSWORD"
  done
  admin dns add 127.0.0.1 lab.test fs6 AAAA fd77::11 -U "Administrator%$PASSWORD"
}

set_attribute() { modify "CN=$1,CN=Users,DC=lab,DC=test" "$2" "$3"; }

# modify DN ATTRIBUTE VALUE: an attribute that ends in "::" takes base64, as in LDIF.
modify() {
  local attribute=${2%::} mark=:
  [[ $2 == *:: ]] && mark=::
  printf 'dn: %s\nchangetype: modify\nreplace: %s\n%s%s %s\n' "$1" "$attribute" "$attribute" "$mark" "$3" |
    on dc ldbmodify -H "$RUN/dc/private/sam.ldb" --option=interfaces=lo
}
