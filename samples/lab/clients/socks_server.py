"""A SOCKS 5 proxy that takes GSS-API alone (RFC 1928, RFC 1961) through python-gssapi, and connects to where it is asked.

usage: socks_server.py PORT SERVICE@HOST
"""

import socket
import struct
import sys
import threading

import gssapi

from octets import read_exactly

CONTEXT, PROTECTION, ABORT = 1, 2, 0xFF
UNPROTECTED = b"\0"
GRANTED = b"\x05\x00\x00\x01" + bytes(6)


def main():
    listener = socket.create_server(("0.0.0.0", int(sys.argv[1])))
    name = gssapi.Name(sys.argv[2], gssapi.NameType.hostbased_service)
    while True:
        client, _ = listener.accept()
        client.settimeout(10)
        with client:
            try:
                serve(client, gssapi.Credentials(name=name, usage="accept"))
            except gssapi.exceptions.GSSError as error:
                print("refused", error, flush=True)
                client.sendall(struct.pack("BB", 1, ABORT))
            except (OSError, EOFError) as error:
                print("end", error, flush=True)


def serve(client, credentials):
    _, count = read_exactly(client, 2)
    read_exactly(client, count)
    client.sendall(b"\x05\x01")
    context = gssapi.SecurityContext(creds=credentials, usage="accept")
    while not context.complete:
        answer = context.step(read_token(client))
        if answer:
            write_token(client, CONTEXT, answer)
    print("context", context.mech, context.initiator_name, flush=True)
    agree_on_protection(client, context)
    address = read_address(client)
    with socket.create_connection(address, timeout=10) as server:
        client.sendall(GRANTED)
        relay(client, server)


def agree_on_protection(client, context):
    """No protection, whatever the client wants. NEC sent the level as it is, where RFC 1961 has it wrapped."""
    token = read_token(client)
    if len(token) == 1:
        return write_token(client, PROTECTION, UNPROTECTED)
    print("protection level", context.unwrap(token).message[0], flush=True)
    write_token(client, PROTECTION, context.wrap(UNPROTECTED, False).message)


def read_address(client):
    _, _, _, kind = read_exactly(client, 4)
    if kind == 3:
        host = read_exactly(client, read_exactly(client, 1)[0]).decode()
    else:
        host = socket.inet_ntoa(read_exactly(client, 4))
    return host, struct.unpack(">H", read_exactly(client, 2))[0]


def relay(client, server):
    upward = threading.Thread(target=copy, args=(client, server))
    upward.start()
    copy(server, client)
    upward.join()


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def read_token(client):
    _, _, length = struct.unpack(">BBH", read_exactly(client, 4))
    return read_exactly(client, length)


def write_token(client, kind, token):
    client.sendall(struct.pack(">BBH", 1, kind, len(token)) + token)


main()
