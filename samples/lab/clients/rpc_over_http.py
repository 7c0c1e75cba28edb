"""impacket speaks SAMR with a domain controller through an RPC proxy.

usage: rpc_over_http.py PROXY SERVER DOMAIN USER PASSWORD
"""

import sys

from impacket.dcerpc.v5 import epm, samr, transport
from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_AUTHN_WINNT
from impacket.http import AUTH_BASIC

proxy, server, domain, user, password = sys.argv[1:]
port = epm.hept_map(server, samr.MSRPC_UUID_SAMR, protocol="ncacn_ip_tcp").partition("[")[2].rstrip("]")
way = transport.DCERPCTransportFactory(f"ncacn_http:{server}[{port}]")
way.set_rpc_proxy_url(f"http://{proxy}/rpc/rpcproxy.dll?{server}:{port}")
way.set_auth_type(AUTH_BASIC)
way.set_credentials(user, password, domain)
calls = way.get_dce_rpc()
calls.set_credentials(user, password, domain)
calls.set_auth_type(RPC_C_AUTHN_WINNT)
calls.set_auth_level(RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
calls.connect()
calls.bind(samr.MSRPC_UUID_SAMR)
print(samr.hSamrConnect(calls)["ErrorCode"])
calls.disconnect()
