# shellcheck shell=bash
# GSS-TSIG: a client updates its name in the DNS.
CLIENT='nsupdate' SERVER='Samba AD DC'
update() {
  client nsupdate -g "$@" <<END
server dc1.lab.test
zone lab.test
update delete cl.lab.test A
update add cl.lab.test 3600 A 10.77.0.50
send
END
}

TICKET=alice scenario 21-dns-update-krb5 'A secure update: TKEY with Kerberos, then the update. nsupdate does not like the signature of the answer, which comes after the logon.' update
