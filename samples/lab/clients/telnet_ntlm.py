"""Both ends of a Telnet session that begins with NTLM ([MS-TNAP]): the tokens are pyspnego's, only the framing is written here.

usage: telnet_ntlm.py PORT                          the server; NTLM_USER_FILE names the accounts
       telnet_ntlm.py HOST PORT USER PASSWORD       the client
"""

import socket
import struct
import sys

import spnego

from octets import read_exactly

IAC, SE, SB, WILL, DO, AUTHENTICATION = 255, 240, 250, 251, 253, 37
IS, SEND, REPLY = 0, 1, 2
NTLM, TOKEN_BUFFER = 15, 2
NEGOTIATE, CHALLENGE, AUTHENTICATE, ACCEPT, REJECT = range(5)


def main():
    if len(sys.argv) == 2:
        listener = socket.create_server(("0.0.0.0", int(sys.argv[1])))
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    serve(connection)
                except (OSError, EOFError) as error:
                    print("end", error, flush=True)
    host, port, user, password = sys.argv[1:]
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        log_on(connection, host, user, password)


def serve(connection):
    connection.settimeout(10)
    connection.sendall(bytes([IAC, DO, AUTHENTICATION]))
    read_exactly(connection, 3)
    write_parameters(connection, bytes([SEND, NTLM, 0]))
    context = spnego.server(protocol="ntlm")
    try:
        write_message(connection, REPLY, CHALLENGE, context.step(read_message(connection)[1]))
        context.step(read_message(connection)[1])
    except spnego.exceptions.SpnegoError as error:
        print("refused", error, flush=True)
        write_parameters(connection, bytes([REPLY, NTLM, 0, REJECT]))
        connection.sendall(b"NTLM Authentication failed\r\nlogin: ")
        return
    print("logon", context.client_principal, flush=True)
    write_parameters(connection, bytes([REPLY, NTLM, 0, ACCEPT]))
    connection.sendall(b"C:\\>")


def log_on(connection, host, user, password):
    context = spnego.client(user, password, hostname=host, service="host", protocol="ntlm")
    read_exactly(connection, 3)
    connection.sendall(bytes([IAC, WILL, AUTHENTICATION]))
    read_parameters(connection)
    write_message(connection, IS, NEGOTIATE, context.step())
    write_message(connection, IS, AUTHENTICATE, context.step(read_message(connection)[1]))
    print({ACCEPT: "accepted", REJECT: "rejected"}[read_message(connection)[0]], connection.recv(4096))


def write_message(connection, command, code, token):
    write_parameters(connection, struct.pack("<BBBBII", command, NTLM, 0, code, len(token), TOKEN_BUFFER) + token)


def read_message(connection):
    parameters = read_parameters(connection)
    return parameters[3], parameters[12:]


def write_parameters(connection, parameters):
    doubled = parameters.replace(b"\xff", b"\xff\xff")
    connection.sendall(bytes([IAC, SB, AUTHENTICATION]) + doubled + bytes([IAC, SE]))


def read_parameters(connection):
    parameters = b""
    read_exactly(connection, 3)
    while True:
        byte = read_exactly(connection, 1)
        if byte == b"\xff" and read_exactly(connection, 1) == bytes([SE]):
            return parameters
        parameters += byte


main()
