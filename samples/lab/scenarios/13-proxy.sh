# shellcheck shell=bash
# HTTP proxies: status 407 instead of 401.
CLIENT='curl' SERVER='Squid, Samba winbindd'
PROXY=(-x http://fs.lab.test:3128)

scenario 13-proxy-ntlm 'The proxy asks for NTLM; curl answers with bare NTLMSSP.' \
  curl_get "${PROXY[@]}" --proxy-ntlm -U "LAB\\alice:$PASSWORD" http://web.lab.test/
TICKET=alice scenario 13-proxy-negotiate-krb5 'The proxy asks for Negotiate; curl answers with Kerberos.' \
  curl_get "${PROXY[@]}" --proxy-negotiate -U : http://web.lab.test/
