# shellcheck shell=bash
# HTTP proxies: status 407 instead of 401.
CLIENT='curl' SERVER='Squid, Samba winbindd'
PROXY=(-x http://fs.lab.test:3128)
# What the proxy itself fetches from the web server is not the matter here.
scenario 13-proxy-ntlm 'curl logs on to the proxy with bare NTLMSSP in the NTLM scheme, without waiting to be asked.' \
  curl_get "${PROXY[@]}" --proxy-ntlm -U "LAB\\alice:$PASSWORD" http://web.lab.test/
scenario 13-proxy-ntlm-wrong-password 'curl logs on to the proxy with NTLM and a wrong password.' \
  curl_get "${PROXY[@]}" --proxy-ntlm -U 'LAB\bob:wrong' http://web.lab.test/
TICKET=alice scenario 13-proxy-negotiate-krb5 'curl logs on to the proxy with Kerberos in the Negotiate scheme, with its first request.' \
  curl_get "${PROXY[@]}" --proxy-negotiate -U : http://web.lab.test/
scenario 13-proxy-connect-ntlm 'CONNECT through the proxy with NTLM; inside the tunnel there is TLS.' \
  curl_get "${PROXY[@]}" -k --proxy-ntlm -U "LAB\\alice:$PASSWORD" https://web.lab.test/
TICKET=alice scenario 13-proxy-connect-krb5 'CONNECT through the proxy with Kerberos.' \
  curl_get "${PROXY[@]}" -k --proxy-negotiate -U : https://web.lab.test/
CLIENT='curl, gss-ntlmssp'
scenario 13-proxy-negotiate-ntlm 'curl logs on to the proxy in the Negotiate scheme and has no ticket: SPNEGO carries NTLM.' \
  with_ntlm_users curl_get "${PROXY[@]}" --proxy-negotiate -U : http://web.lab.test/
CLIENT='curl' SERVER='Squid, Samba winbindd, Apache httpd, mod_auth_gssapi'
TICKET=alice scenario 13-proxy-and-origin 'The proxy wants NTLM and the site behind it Negotiate: two logons on one connection.' \
  curl_get "${PROXY[@]}" --proxy-ntlm -U "LAB\\alice:$PASSWORD" --negotiate -u : http://web.lab.test/neg/
scenario 13-proxy-no-credentials 'The proxy asks, and the client has nothing to answer.' \
  curl_get "${PROXY[@]}" http://web.lab.test/
