# shellcheck shell=bash
# SOCKS 5 with GSS-API, and what the tunnel behind it carries.
CLIENT='pycurl' SERVER='python-gssapi'
SHIM='the proxy is clients/socks_server.py around the acceptor of MIT; Dante of Debian is built without GSS-API'
socks() { python "$LAB/clients/socks_get.py" "$@"; }

TICKET=alice scenario 19-socks-krb5 'Kerberos to the proxy, then a page through the tunnel.' socks fs.lab.test:1080 http://web.lab.test/
TICKET=alice scenario 19-socks-krb5-nec 'The same with the protection level as it is, which NEC sent so.' \
  socks fs.lab.test:1080 http://web.lab.test/ nec
TICKET=alice scenario 19-socks-krb5-refused 'The proxy does not have the key that the ticket is for, and refuses.' \
  socks spnwrong.lab.test:1080 http://web.lab.test/ service=cifs
SERVER='python-gssapi, Apache httpd, mod_auth_gssapi'
TICKET=alice scenario 19-socks-http-krb5 'Kerberos to the proxy, and through the tunnel Kerberos to a web server.' \
  socks fs.lab.test:1080 http://web.lab.test/neg/ negotiate
CLIENT='python-gssapi, gss-ntlmssp' SERVER='python-gssapi, gss-ntlmssp'
SHIM='both ends are of our own, clients/socks_ntlm.py and clients/socks_server.py, around the tokens of gss-ntlmssp'
socks_ntlm() { python "$LAB/clients/socks_ntlm.py" fs.lab.test 1080 'LAB\alice' "$1" web.lab.test; }
scenario 19-socks-ntlm 'NTLM to the proxy, then a page through the tunnel.' socks_ntlm "$PASSWORD"
scenario 19-socks-ntlm-wrong-password 'NTLM with a wrong password.' socks_ntlm wrong
SHIM=''
