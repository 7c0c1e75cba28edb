"""Connect through a SOCKS 5 proxy with NTLM by gss-ntlmssp, and fetch a page.

usage: socks_ntlm.py PROXY PORT USER PASSWORD HOST     (no real client lets one choose the mechanism)
"""

import socket
import struct
import sys

import gssapi
from gssapi.raw import acquire_cred_with_password

from octets import read_exactly

NTLMSSP = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
CONTEXT, PROTECTION, ABORT = 1, 2, 0xFF


def main():
    proxy, port, user, password, host = sys.argv[1:]
    with socket.create_connection((proxy, int(port)), timeout=10) as connection:
        connection.sendall(b"\x05\x01\x01")
        read_exactly(connection, 2)
        log_on(connection, proxy, user, password.encode())
        name = host.encode()
        connection.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack(">H", 80))
        read_exactly(connection, 10)
        connection.sendall(b"GET / HTTP/1.0\r\nHost: " + name + b"\r\n\r\n")
        print(connection.recv(4096).split(b"\r\n")[0].decode())


def log_on(connection, proxy, user, password):
    name = gssapi.Name(user, gssapi.NameType.user)
    credentials = acquire_cred_with_password(name, password, mechs=[NTLMSSP], usage="initiate").creds
    target = gssapi.Name(f"rcmd@{proxy}", gssapi.NameType.hostbased_service)
    context = gssapi.SecurityContext(name=target, creds=gssapi.Credentials(credentials), mech=NTLMSSP, usage="initiate")
    token = context.step()
    while token:
        write_token(connection, CONTEXT, token)
        if context.complete:
            break
        token = context.step(read_token(connection))
    write_token(connection, PROTECTION, context.wrap(b"\0", False).message)
    read_token(connection)


def write_token(connection, kind, token):
    connection.sendall(struct.pack(">BBH", 1, kind, len(token)) + token)


def read_token(connection):
    _, kind = read_exactly(connection, 2)
    if kind == ABORT:
        sys.exit("the proxy refuses")
    (length,) = struct.unpack(">H", read_exactly(connection, 2))
    return read_exactly(connection, length)


main()
