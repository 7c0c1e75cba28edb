"""A TDS logon endpoint: the client is real, the tokens come from pyspnego's acceptor, only the framing is written here.

usage: tds_server.py PORT    (NTLM_USER_FILE names the accounts)
"""

import socket
import struct
import sys

import spnego

from octets import read_exactly

PRELOGIN, LOGIN7, SSPI, TABULAR = 0x12, 0x10, 0x11, 0x04
# VERSION, ENCRYPTION (not supported), INSTOPT and THREADID, as offset and length, then their values ([MS-TDS] 2.2.6.5).
PRELOGIN_ANSWER = (
    bytes([0, 0, 21, 0, 6]) + bytes([1, 0, 27, 0, 1]) + bytes([2, 0, 28, 0, 1]) + bytes([3, 0, 29, 0, 4]) + b"\xff"
    + bytes([15, 0, 7, 208, 0, 0]) + b"\x02" + b"\x00" + bytes(4)
)  # fmt: skip
LOGIN_FAILED = "Login failed."
PROGRAM = "Microsoft SQL Server"


def main():
    listener = socket.create_server(("0.0.0.0", int(sys.argv[1])))
    while True:
        connection, _ = listener.accept()
        connection.settimeout(8)
        with connection:
            try:
                serve(connection)
            except (OSError, EOFError) as error:
                print("end", error, flush=True)


def serve(connection):
    kind, body = read_message(connection)
    if kind == PRELOGIN:
        write_message(connection, PRELOGIN_ANSWER)
        kind, body = read_message(connection)
    context = spnego.server(protocol="negotiate")
    offset, length = struct.unpack("<HH", body[78:82])  # ibSSPI and cbSSPI of LOGIN7.
    token = body[offset : offset + length]
    try:
        while True:
            answer = context.step(token)
            if context.complete:
                break
            write_message(connection, b"\xed" + struct.pack("<H", len(answer)) + answer)
            _, token = read_message(connection)
    except spnego.exceptions.SpnegoError as error:
        print("refused", error, flush=True)
        write_message(connection, error_token() + done_token(2))
        return
    print("login", context.client_principal, flush=True)
    write_message(connection, login_ack() + done_token(0))
    read_message(connection)


def login_ack():
    body = b"\x01" + bytes.fromhex("74000004") + text(PROGRAM, "B") + bytes([15, 0, 7, 208])
    return b"\xad" + struct.pack("<H", len(body)) + body


def error_token():
    """ERROR 18456 ([MS-TDS] 2.2.7.10), state 1, class 14."""
    body = struct.pack("<IBB", 18456, 1, 14) + text(LOGIN_FAILED, "H") + text("", "B") + text("", "B") + bytes(4)
    return b"\xaa" + struct.pack("<H", len(body)) + body


def text(value, length):
    return struct.pack("<" + length, len(value)) + value.encode("utf-16-le")


def done_token(status):
    return b"\xfd" + struct.pack("<HHQ", status, 0, 0)


def read_message(connection):
    body = b""
    while True:
        kind, status, length = struct.unpack(">BBH", read_exactly(connection, 8)[:4])
        body += read_exactly(connection, length - 8)
        if status & 1:
            return kind, body


def write_message(connection, body):
    connection.sendall(struct.pack(">BBHHBB", TABULAR, 1, 8 + len(body), 51, 1, 0) + body)


main()
