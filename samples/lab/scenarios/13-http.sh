# shellcheck shell=bash
# HTTP: Negotiate with Kerberos and with NTLM, and the NTLM scheme.
CLIENT='curl' SERVER='Apache httpd, mod_auth_gssapi'
get_with_new_ticket() {
  kinit_with alice
  curl_get --negotiate -u : http://web.lab.test/krb/
}

TICKET=alice scenario 13-http-negotiate-krb5 'curl has a ticket-granting ticket and gets the page with one token: Kerberos in SPNEGO in the Negotiate scheme.' \
  curl_get --negotiate -u : http://web.lab.test/neg/
scenario 13-http-negotiate-krb5-full 'Kerberos in SPNEGO in the Negotiate scheme, from the first request to the KDC on.' get_with_new_ticket
scenario 13-http-no-credentials 'The server asks for Negotiate or NTLM, and the client has nothing to answer: nobody tries to log on.' \
  curl_get http://web.lab.test/neg/
TICKET=alice scenario 13-http-two-requests 'Two pages over one connection, with a new token for each.' \
  curl_get --negotiate -u : http://web.lab.test/neg/ http://web.lab.test/neg/index.html
scenario 13-http-ntlm-offered-server-krb5-only 'The server is named by its address and the client has no ticket, so that it can do NTLM only; the server takes Kerberos only.' \
  with_ntlm_users curl_get --negotiate -u : http://10.77.0.13/krb/

CLIENT='curl, gss-ntlmssp' SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
scenario 13-http-negotiate-ntlm-by-ip 'The server is named by its address and the client has no ticket: Negotiate carries SPNEGO with NTLM.' \
  with_ntlm_users curl_get --negotiate -u : http://10.77.0.13/neg/
TICKET=alice scenario 13-http-server-chooses-ntlm 'The client offers Kerberos first and sends its token along; the server takes NTLM only and says so.' \
  with_ntlm_users curl_get --negotiate -u : http://web.lab.test/ntlm/

CLIENT='pyspnego'
SHIM='the HTTP requests are clients/http_auth.py; the tokens are those of pyspnego'
scenario 13-http-ntlm-scheme 'The server offers Negotiate, and this client uses the NTLM scheme with bare NTLMSSP.' \
  "${HTTP_AUTH[@]}" http://web.lab.test/ntlm/ 'LAB\alice' "$PASSWORD" NTLM ntlm
scenario 13-http-ntlm-scheme-wrong-password 'The NTLM scheme with a wrong password.' \
  "${HTTP_AUTH[@]}" http://web.lab.test/ntlm/ 'LAB\alice' wrong NTLM ntlm
scenario 13-http-raw-ntlmssp-in-negotiate 'Bare NTLMSSP in the Negotiate scheme, without SPNEGO.' \
  "${HTTP_AUTH[@]}" http://web.lab.test/neg/ 'LAB\alice' "$PASSWORD" Negotiate ntlm
scenario 13-http-raw-kerberos-in-negotiate 'A bare Kerberos token in the Negotiate scheme, without SPNEGO.' \
  "${HTTP_AUTH[@]}" http://web.lab.test/neg/ alice@LAB.TEST "$PASSWORD" Negotiate kerberos
SHIM=''
CLIENT='requests-ntlm'
scenario 13-http-requests-ntlm 'requests with requests-ntlm: a first request without a token, then three legs.' \
  python "$LAB/clients/requests_get.py" http://web.lab.test/ntlm/ ntlm 'LAB\alice' "$PASSWORD"
CLIENT='curl'
scenario 13-http-curl-ntlm-refused 'curl sends an NTLM message that gss-ntlmssp refuses, so that no challenge ever comes.' \
  curl_get --ntlm -u "LAB\\alice:$PASSWORD" http://web.lab.test/ntlm/
scenario 13-http-basic 'The Basic scheme, at a server that does not want it: user and password in clear.' \
  curl_get --basic -u "LAB\\alice:$PASSWORD" http://web.lab.test/neg/

SHIM='Apache stands in for the WinRM service: the logon is real, no SOAP answer follows'
CLIENT='pywinrm, requests-ntlm'
scenario 13-winrm-ntlm 'The WinRM client of Python with NTLM, port 5985.' \
  python "$LAB/clients/winrm_run.py" http://web.lab.test:5985/wsman 'LAB\alice' "$PASSWORD" ntlm
CLIENT='requests-gssapi'
TICKET=alice scenario 13-winrm-kerberos 'The port of WinRM with Kerberos.' \
  python "$LAB/clients/requests_get.py" http://web.lab.test:5985/wsman gssapi
CLIENT='pywinrm, requests-credssp' SERVER='pyspnego'
SHIM='the WinRM service is clients/credssp_server.py: the logon is real, no SOAP answer follows'
scenario 13-winrm-credssp 'The WinRM client of Python with CredSSP: TLS in the fields of plain HTTP, and NTLM in it.' \
  python "$LAB/clients/winrm_run.py" http://web.lab.test:47001/wsman 'LAB\alice' "$PASSWORD" credssp
SERVER='Apache httpd, mod_auth_gssapi'
SHIM=''

CLIENT='curl'
TICKET=alice scenario 15-https-negotiate 'Negotiate inside TLS: only the service ticket at the KDC shows.' \
  curl_get -k --negotiate -u : https://web.lab.test/neg/
CLIENT='requests-ntlm'
scenario 15-https-ntlm 'NTLM inside TLS: nothing of it shows.' \
  python "$LAB/clients/requests_get.py" https://web.lab.test/ntlm/ ntlm 'LAB\alice' "$PASSWORD"

CLIENT='aioquic' SERVER='aioquic'
SHIM='clients/quic_peer.py opens the connection and closes it: nothing of the protocol that it names is spoken'
quic() { python "$LAB/clients/quic_peer.py" client web.lab.test 443 "$1"; }
scenario 15-quic-http3 'QUIC for HTTP/3: its first packet says for whom.' quic h3
scenario 15-quic-smb 'QUIC for SMB, as the name of the protocol in its first packet says.' quic smb
CLIENT='pyspnego' SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
SHIM='the HTTP requests are clients/http_auth.py; the tokens are those of pyspnego'
scenario 13-http-no-target-name 'The program does not tell the name of the server to its security library: the target name in the response is empty.' \
  "${HTTP_AUTH[@]}" http://web.lab.test/neg/ 'LAB\alice' "$PASSWORD" Negotiate ntlm unnamed
SHIM=''
