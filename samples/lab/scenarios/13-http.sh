# shellcheck shell=bash
# HTTP: Negotiate with Kerberos and with NTLM, and the NTLM scheme.
CLIENT='curl' SERVER='Apache httpd, mod_auth_gssapi'

TICKET=alice scenario 13-http-negotiate-krb5 'curl has a ticket-granting ticket and gets the page with one token: Kerberos in SPNEGO in the Negotiate scheme.' \
  curl_get --negotiate -u : http://web.lab.test/neg/

CLIENT='curl, gss-ntlmssp' SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
scenario 13-http-negotiate-ntlm-by-ip 'The server is named by its address and the client has no ticket: Negotiate carries SPNEGO with NTLM.' \
  with_ntlm_users curl_get --negotiate -u : http://10.77.0.13/neg/

CLIENT='pyspnego' SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
SHIM='the HTTP requests are clients/http_auth.py; the tokens are those of pyspnego'
scenario 13-http-ntlm-scheme 'The server offers Negotiate, and this client uses the NTLM scheme with bare NTLMSSP.' \
  python "$LAB/clients/http_auth.py" http://web.lab.test/ntlm/ 'LAB\alice' "$PASSWORD" NTLM ntlm
SHIM=''
