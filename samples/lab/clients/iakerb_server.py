"""An acceptor for MIT's gss-client that uses MIT's own IAKERB mechanism through python-gssapi.

usage: iakerb_server.py PORT

The framing is that of gss-sample: one byte of flags, four bytes of length.
"""

import socket
import struct
import sys

import gssapi

from octets import read_exactly

IAKERB = gssapi.OID.from_int_seq("1.3.6.1.5.2.5")
CONTEXT, MIC = 2, 4


def main():
    listener = socket.create_server(("0.0.0.0", int(sys.argv[1])))
    while True:
        connection, _ = listener.accept()
        connection.settimeout(10)
        with connection:
            try:
                serve(connection)
            except (OSError, EOFError, gssapi.exceptions.GSSError) as error:
                print("end", error, flush=True)


def serve(connection):
    name = gssapi.Name("host@kdc.mit.test", gssapi.NameType.hostbased_service)
    credentials = gssapi.Credentials(name=name, usage="accept", mechs=[IAKERB])
    context = gssapi.SecurityContext(creds=credentials, usage="accept")
    read_token(connection)  # The first one is empty and says that contexts follow.
    while not context.complete:
        answer = context.step(read_token(connection))
        if answer:
            write_token(connection, CONTEXT, answer)
    print("context", context.mech, context.initiator_name, flush=True)
    message = context.unwrap(read_token(connection)).message
    write_token(connection, MIC, context.get_signature(message))
    read_token(connection)  # The client says that it is done.


def read_token(connection):
    _, length = struct.unpack(">BI", read_exactly(connection, 5))
    return read_exactly(connection, length)


def write_token(connection, flags, token):
    connection.sendall(struct.pack(">BI", flags, len(token)) + token)


main()
