# shellcheck shell=bash
# LDAP: every kind of bind.
CLIENT='ldapsearch, Cyrus SASL' SERVER='Samba AD DC'
BASE_DN=(-b 'DC=lab,DC=test' -LLL -o nettimeout=10 '(sAMAccountName=alice)' dn)
ldap() { client "${NTLM_USERS[@]}" ldapsearch "$@"; }
ldap_tls() { client env LDAPTLS_REQCERT=never "${NTLM_USERS[@]}" ldapsearch "$@"; }

scenario 08-ldap-simple 'A simple bind: name and password in clear.' \
  ldap -x -D alice@lab.test -w "$PASSWORD" -H ldap://dc1.lab.test "${BASE_DN[@]}"
scenario 08-ldap-simple-wrong-password 'A simple bind with a wrong password.' \
  ldap -x -D bob@lab.test -w wrong -H ldap://dc1.lab.test "${BASE_DN[@]}"
scenario 08-ldap-anonymous 'An anonymous bind and the root entry.' \
  ldap -x -H ldap://dc1.lab.test -s base -b '' -LLL defaultNamingContext
TICKET=alice scenario 08-ldap-gssapi-krb5 'SASL GSSAPI: bare Kerberos tokens; what follows the bind is sealed.' \
  ldap -Q -Y GSSAPI -H ldap://dc1.lab.test "${BASE_DN[@]}"
TICKET=alice scenario 08-ldap-gssapi-no-layer 'SASL GSSAPI without a security layer: what follows is in clear.' \
  ldap -Q -Y GSSAPI -O maxssf=0 -H ldap://dc1.lab.test "${BASE_DN[@]}"
TICKET=alice scenario 08-ldap-gss-spnego-krb5 'SASL GSS-SPNEGO with Kerberos.' \
  ldap -Q -Y GSS-SPNEGO -H ldap://dc1.lab.test "${BASE_DN[@]}"
CLIENT='ldapsearch, Cyrus SASL, gss-ntlmssp'
scenario 08-ldap-gss-spnego-ntlm 'SASL GSS-SPNEGO with NTLM: the client has no ticket and offers nothing else.' \
  with_ntlm_users ldap -Q -Y GSS-SPNEGO -H ldap://dc1.lab.test "${BASE_DN[@]}"

CLIENT='ldbsearch'
ldb() { client ldbsearch --configfile="$RUN/cl/smb.conf" "$@" '(sAMAccountName=alice)' dn; }
scenario 08-ldap-samba-ntlm 'Samba binds with NTLM in SPNEGO.' \
  ldb -H ldap://dc1.lab.test "${ALICE[@]}" "${NO_KERBEROS[@]}"
scenario 08-ldap-samba-ntlm-wrong-password 'NTLM in SPNEGO with a wrong password: the server answers invalidCredentials.' \
  ldb -H ldap://dc1.lab.test -U LAB/bob%wrong "${NO_KERBEROS[@]}"
scenario 08-ldap-samba-krb5 'Samba binds with Kerberos in SPNEGO.' \
  ldb -H ldap://dc1.lab.test "${ALICE_UPN[@]}" --use-kerberos=required

CLIENT='impacket'
scenario 08-ldap-impacket-ntlm 'impacket binds with NTLM and lists the users.' \
  python "$VENV/bin/GetADUsers.py" -dc-host dc1.lab.test "lab.test/alice:$PASSWORD"
CLIENT='ldap3'
scenario 08-ldap-sicily-refused 'ldap3 starts with Sicily, Microsoft'"'"'s older way of NTLM in LDAP. Samba knows nothing of it and hangs up: no token was sent.' \
  python "$LAB/clients/ldap3_bind.py" dc1.lab.test 'LAB\alice' "$PASSWORD" NTLM

CLIENT='ldapsearch, Cyrus SASL'
scenario 08-ldap-global-catalog 'A simple bind at the port of the global catalog.' \
  ldap -x -D alice@lab.test -w "$PASSWORD" -H ldap://dc1.lab.test:3268 "${BASE_DN[@]}"
scenario 15-ldaps-simple 'A simple bind inside TLS: nothing of it shows.' \
  ldap_tls -x -D alice@lab.test -w "$PASSWORD" -H ldaps://dc1.lab.test "${BASE_DN[@]}"
TICKET=alice scenario 15-ldaps-gss-spnego 'SPNEGO inside TLS: only the service ticket at the KDC shows.' \
  ldap_tls -Q -Y GSS-SPNEGO -O maxssf=0 -H ldaps://dc1.lab.test "${BASE_DN[@]}"
TICKET=alice scenario 15-ldap-starttls 'LDAP starts in clear and goes over to TLS before the bind; only the service ticket at the KDC shows.' \
  ldap_tls -Q -ZZ -Y GSSAPI -O maxssf=0 -H ldap://dc1.lab.test "${BASE_DN[@]}"
