"""DCE/RPC by Samba's Python bindings: bind to SAMR and list the domains.

usage: rpc_connect.py SMB_CONF BINDING USER PASSWORD KERBEROS    (required or off)
"""

import sys

from samba import credentials, param
from samba.dcerpc import samr

smb_conf, binding, user, password, kerberos = sys.argv[1:]
loadparm = param.LoadParm()
loadparm.load(smb_conf)
creds = credentials.Credentials()
creds.guess(loadparm)
creds.parse_string(user)
creds.set_password(password)
creds.set_kerberos_state(credentials.MUST_USE_KERBEROS if kerberos == "required" else credentials.DONT_USE_KERBEROS)
connection = samr.samr(binding, loadparm, creds)
handle = connection.Connect2(None, 0x02000000)  # MAXIMUM_ALLOWED
print([domain.name.string for domain in connection.EnumDomains(handle, 0, 100)[1].entries])
