# shellcheck shell=bash
# Bare GSS-API tokens over TCP, and IAKERB, where the acceptor carries the client's requests to the KDC.
CLIENT='MIT gss-client' SERVER='MIT gss-server, MIT krb5kdc'
gss() { client gss-client -port "$1" "${@:2}" kdc.mit.test host@kdc.mit.test hello; }
gss_with_ticket() {
  kinit_with mallory@MIT.TEST
  gss 4444 "$1"
}
iakerb() {
  refuse_from_client mit $'tcp dport 88 reject with tcp reset\nudp dport 88 reject' edit_krb5 's/default_realm = .*/default_realm = MIT.TEST/' \
    gss 4445 -mech '{ 1 3 6 1 5 2 5 }' -user mallory -pass "$1"
}

scenario 14-gss-krb5 'Bare Kerberos tokens in a protocol of their own.' gss_with_ticket -krb5
scenario 14-gss-spnego 'SPNEGO with Kerberos, in a protocol that is nothing but GSS-API tokens.' gss_with_ticket -spnego
SERVER='python-gssapi, MIT krb5kdc'
SHIM='the acceptor is clients/iakerb_server.py around the real IAKERB mechanism of MIT'
scenario 14-iakerb 'The client cannot reach the KDC and lets the acceptor carry its requests: two for a ticket-granting ticket, one for a service ticket. Then it logs on.' iakerb "$PASSWORD"
scenario 14-iakerb-wrong-password 'The client lets the acceptor carry its requests to the KDC, and its password is wrong: the KDC says so, and the client hangs up.' iakerb wrong
SHIM=''
