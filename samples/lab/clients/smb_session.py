"""An SMB2 session and tree connect with smbprotocol, whose tokens pyspnego makes.

usage: smb_session.py HOST USER PASSWORD PROTOCOL    (ntlm, negotiate or kerberos)
"""

import sys
import uuid

from smbprotocol.connection import Connection
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

host, user, password, protocol = sys.argv[1:]
connection = Connection(uuid.uuid4(), host, 445, require_signing=True)
connection.connect(timeout=10)
try:
    session = Session(connection, user, password, require_encryption=False, auth_protocol=protocol)
    session.connect()
    tree = TreeConnect(session, rf"\\{host}\data")
    tree.connect()
    tree.disconnect()
    session.disconnect()
finally:
    connection.disconnect(True)
