"""impacket's SMB server with one challenge for everybody, as tools that collect responses have it."""

import tempfile

from impacket.smbserver import SimpleSMBServer

server = SimpleSMBServer(listenAddress="0.0.0.0", listenPort=445)
server.setSMB2Support(True)
server.setSMBChallenge("1122334455667788")
server.addShare("DATA", tempfile.mkdtemp(), "")
server.start()
