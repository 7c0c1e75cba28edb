# shellcheck shell=bash
# DCE/RPC: every authentication type, over TCP and over named pipes.
CLIENT='Samba Python bindings' SERVER='Samba AD DC'
rpc() { system_python "$LAB/clients/rpc_connect.py" "$RUN/cl/smb.conf" "$@"; }
AS_ALICE=(LAB/alice "$PASSWORD" off)
AS_ALICE_KRB5=(alice@LAB.TEST "$PASSWORD" required)
AS_BOB_WRONG=(LAB/bob wrong off)

scenario 08-rpc-tcp-ntlm-connect 'DCE/RPC over TCP with NTLM at level connect: calls are neither signed nor sealed.' \
  rpc 'ncacn_ip_tcp:dc1.lab.test[ntlm,connect]' "${AS_ALICE[@]}"
scenario 08-rpc-tcp-ntlm-sign 'DCE/RPC over TCP with NTLM at level integrity.' \
  rpc 'ncacn_ip_tcp:dc1.lab.test[ntlm,sign]' "${AS_ALICE[@]}"
scenario 08-rpc-tcp-ntlm-seal 'DCE/RPC over TCP with NTLM at level privacy.' \
  rpc 'ncacn_ip_tcp:dc1.lab.test[ntlm,seal]' "${AS_ALICE[@]}"
scenario 08-rpc-tcp-ntlm-wrong-password 'DCE/RPC over TCP with NTLM and a wrong password: the first call gets a fault.' \
  rpc 'ncacn_ip_tcp:dc1.lab.test[ntlm,sign]' "${AS_BOB_WRONG[@]}"
scenario 08-rpc-tcp-spnego-ntlm 'DCE/RPC over TCP with NTLM in SPNEGO, at level privacy.' \
  rpc 'ncacn_ip_tcp:dc1.lab.test[spnego,seal]' "${AS_ALICE[@]}"
scenario 08-rpc-tcp-spnego-krb5 'DCE/RPC over TCP with Kerberos in SPNEGO, at level integrity.' \
  rpc 'ncacn_ip_tcp:dc1.lab.test[spnego,sign]' "${AS_ALICE_KRB5[@]}"
scenario 08-rpc-tcp-krb5 'DCE/RPC over TCP with bare Kerberos, at level privacy.' \
  rpc 'ncacn_ip_tcp:dc1.lab.test[krb5,seal]' "${AS_ALICE_KRB5[@]}"
scenario 08-rpc-pipe-plain 'A named pipe without authentication of its own: the SMB session carries it.' \
  rpc 'ncacn_np:dc1.lab.test' "${AS_ALICE[@]}"
scenario 08-rpc-pipe-ntlm 'NTLM in a named pipe, inside an SMB session that used NTLM as well.' \
  rpc 'ncacn_np:dc1.lab.test[ntlm,sign]' "${AS_ALICE[@]}"
scenario 08-rpc-pipe-spnego-ntlm 'NTLM in SPNEGO in a named pipe.' \
  rpc 'ncacn_np:dc1.lab.test[spnego,seal]' "${AS_ALICE[@]}"
scenario 08-rpc-pipe-krb5 'Kerberos in a named pipe.' \
  rpc 'ncacn_np:dc1.lab.test[krb5,seal]' "${AS_ALICE_KRB5[@]}"
scenario 08-rpc-pipe-smb1 'NTLM in a named pipe over SMB1.' \
  rpc 'ncacn_np:dc1.lab.test[smb1,ntlm,sign]' "${AS_ALICE[@]}"

CLIENT='rpcclient'
scenario 08-rpc-tcp-access-denied 'The interface refuses the call of a user who is logged on: its fault, access denied, does not say that the logon failed.' \
  client rpcclient -s "$RUN/cl/smb.conf" "${ALICE[@]}" 'ncacn_ip_tcp:dc1.lab.test[ntlm,sign]' -c getusername
schannel() {
  note rpcclient -s "$RUN/fs/smb.conf" -P 'ncacn_np:dc1.lab.test[schannel,seal]' -c 'getdcname LAB'
  on fs rpcclient -s "$RUN/fs/smb.conf" -P 'ncacn_np:dc1.lab.test[schannel,seal]' -c 'getdcname LAB'
}
FILTER='host 10.77.0.11 and (port 88 or port 445)' scenario 08-rpc-schannel 'A member server opens its secure channel to the domain controller; the SMB session below it uses Kerberos.' schannel

CLIENT='impacket'
scenario 08-rpc-impacket-epm 'impacket asks the endpoint mapper in a named pipe, which does not show: SMB3 encrypts all after the logon with NTLM.' \
  python "$VENV/bin/rpcdump.py" -port 445 "LAB/alice:$PASSWORD@dc1.lab.test"
scenario 08-rpc-impacket-samr 'impacket lists accounts over a named pipe, which does not show: SMB3 encrypts all after the logon with NTLM.' \
  python "$VENV/bin/samrdump.py" "LAB/alice:$PASSWORD@dc1.lab.test"
scenario 08-rpc-impacket-drsuapi 'impacket replicates one account as a domain controller would: NTLM in SMB, which is encrypted from there on, and NTLM in DCE/RPC over TCP.' \
  python "$VENV/bin/secretsdump.py" -just-dc-user alice "LAB/Administrator:$PASSWORD@dc1.lab.test"

# What a member server asks the domain controller while a client logs on to it.
CLIENT='smbclient' SERVER='Samba smbd, Samba winbindd, Samba AD DC'
FILTER='not arp and not icmp6 and (host 10.77.0.50 or (host 10.77.0.11 and host 10.77.0.10)) and not port 53' \
  scenario 08-netlogon-pass-through 'NTLM at a member server, with the call over Netlogon by which the server has it checked.' \
  smb //fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls

# Calls in two connections of HTTP, one for each direction.
CLIENT='impacket' SERVER='Samba AD DC'
SHIM='the RPC proxy is clients/rpc_proxy.py, which hands the PDUs of impacket to the domain controller and back; what it wants for itself is a Basic logon that it does not check'
over_http() { python "$LAB/clients/rpc_over_http.py" fs.lab.test dc1.lab.test "$@"; }
scenario 08-rpc-over-http-ntlm 'RPC over HTTP with NTLM in the calls.' \
  over_http LAB alice "$PASSWORD"
scenario 08-rpc-over-http-wrong-password 'RPC over HTTP with a wrong password: the first call gets a fault.' \
  over_http LAB alice wrong
SHIM=''
