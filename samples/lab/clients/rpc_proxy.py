"""An RPC proxy ([MS-RPCH], version 2) of a few lines: it joins the IN and OUT channels of a virtual connection and hands their
PDUs to a real RPC server over TCP. It asks for no logon of its own, and recycles no channel.

usage: rpc_proxy.py PORT SERVER
"""

import socket
import struct
import sys
import threading

HEADER = struct.Struct("<BBBBIHHI")
RTS = 20
COOKIE = slice(32, 48)  # Of CONN/A1 and CONN/B1, behind the version.


def main():
    server = sys.argv[2]
    listener = socket.create_server(("0.0.0.0", int(sys.argv[1])))
    waiting, ready = {}, threading.Condition()
    while True:
        channel, _ = listener.accept()
        threading.Thread(target=serve, args=(channel, server, waiting, ready), daemon=True).start()


def serve(channel, server, waiting, ready):
    stream = channel.makefile("rb")
    line = stream.readline()
    if not line:
        return  # Somebody only looked whether the port is open.
    method, target, _ = line.split()
    while stream.readline().strip():
        pass
    channel.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    cookie = pdu(stream)[COOKIE]
    if method == b"RPC_OUT_DATA":
        with ready:
            waiting[cookie] = channel
            ready.notify_all()
        return
    with ready:
        ready.wait_for(lambda: cookie in waiting)
        out = waiting.pop(cookie)
    out.sendall(b"HTTP/1.1 200 Success\r\nContent-Type: application/rpc\r\nContent-Length: 1073741824\r\n\r\n")
    out.sendall(conn_a3() + conn_c2())
    upstream = socket.create_connection((server, int(target.rpartition(b":")[2])))
    threading.Thread(target=answers, args=(upstream, out), daemon=True).start()
    try:
        while request := pdu(stream):
            if request[2] != RTS:
                upstream.sendall(request)
    finally:
        upstream.close()


def answers(upstream, out):
    stream = upstream.makefile("rb")
    while answer := pdu(stream):
        out.sendall(answer)


def pdu(stream):
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return b""
    return head + stream.read(HEADER.unpack(head)[5] - len(head))


def rts(*commands):
    """Each command is its number and a value of 32 bits ([MS-RPCH] 2.2.3.5)."""
    body = struct.pack("<HH", 0, len(commands)) + b"".join(struct.pack("<II", *command) for command in commands)
    return HEADER.pack(5, 0, RTS, 3, 0x10, HEADER.size + len(body), 0, 0) + body


def conn_a3():
    return rts((2, 120000))


def conn_c2():
    return rts((6, 1), (0, 65536), (2, 120000))


main()
