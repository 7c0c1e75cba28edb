"""Both ends of a SIP logon by [MS-SIPAE]: the tokens are pyspnego's and MIT's, only the messages are written here.

usage: sip_logon.py PORT                                       the registrar; NTLM_USER_FILE names the accounts
       sip_logon.py HOST PORT tcp|udp kerberos                 the client, with a ticket
       sip_logon.py HOST PORT tcp|udp ntlm USER PASSWORD       the client

NTLM has no first message here ([MS-SIPAE] 4.1). pyspnego wants one at both ends, and makes the same at both.
"""

import base64
import re
import socket
import sys
import threading
import uuid

import gssapi
import spnego

REALM = "SIP Communications Service"


def main():
    if len(sys.argv) == 2:
        port = int(sys.argv[1])
        threading.Thread(target=serve_udp, args=(port,)).start()
        serve_tcp(port)
    host, port, transport, scheme, *account = sys.argv[1:]
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as connection:
        connection.settimeout(10)
        connection.connect((host, int(port)))
        (kerberos if scheme == "kerberos" else ntlm)(Client(connection, host, transport), *account)


class Client:
    def __init__(self, connection, host, transport):
        self.connection, self.host, self.transport = connection, host, transport
        self.call, self.sequence = uuid.uuid4().hex, 0

    def register(self, credentials=""):
        self.sequence += 1
        local = "%s:%d" % self.connection.getsockname()
        self.connection.sendall(
            message(
                f"REGISTER sip:{self.host} SIP/2.0",
                f"Via: SIP/2.0/{self.transport.upper()} {local}",
                "Max-Forwards: 70",
                f"From: <sip:alice@lab.test>;tag={self.call[:10]};epid={self.call[10:20]}",
                "To: <sip:alice@lab.test>",
                f"Call-ID: {self.call}",
                f"CSeq: {self.sequence} REGISTER",
                f"Contact: <sip:{local};transport={self.transport}>",
                *([f"Authorization: {credentials}"] if credentials else []),
            )
        )
        answer = self.connection.recv(65536).decode()
        print(answer.split("\r\n")[0])
        return answer


def ntlm(client, user, password):
    common = f'realm="{REALM}", targetname="{client.host}", version=3'
    context = spnego.client(user, password, hostname=client.host, service="sip", protocol="ntlm")
    context.step()
    client.register()
    answer = client.register(f'NTLM qop="auth", {common}, gssapi-data=""')
    opaque = re.search('opaque="([^"]*)"', answer)[1]
    proof = context.step(data_of(answer))
    client.register(f'NTLM qop="auth", opaque="{opaque}", {common}, crand="4a6f9e11", cnum="1", gssapi-data="{encode(proof)}"')


def kerberos(client):
    target = gssapi.Name(f"sip@{client.host}", gssapi.NameType.hostbased_service)
    token = gssapi.SecurityContext(name=target, usage="initiate").step()
    client.register()
    client.register(f'Kerberos qop="auth", realm="{REALM}", targetname="sip/{client.host}", version=3, gssapi-data="{encode(token)}"')


def serve_tcp(port):
    listener = socket.create_server(("0.0.0.0", port))
    while True:
        connection, _ = listener.accept()
        with connection:
            calls = {}
            while request := connection.recv(65536):
                connection.sendall(answer(calls, request.decode()))


def serve_udp(port):
    calls, connection = {}, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connection.bind(("0.0.0.0", port))
    while True:
        request, sender = connection.recvfrom(65536)
        connection.sendto(answer(calls, request.decode()), sender)


def answer(calls, request):
    fields = {line.split(":", 1)[0]: line for line in request.split("\r\n") if ":" in line}
    back = [fields[name] for name in ("Via", "From", "To", "Call-ID", "CSeq")]
    credentials = fields.get("Authorization", "")
    host = request.split()[1].removeprefix("sip:")
    offers = [
        f'WWW-Authenticate: NTLM realm="{REALM}", targetname="{host}", version=3',
        f'WWW-Authenticate: Kerberos realm="{REALM}", targetname="sip/{host}", version=3',
    ]
    try:
        if "Kerberos" in credentials:
            context = gssapi.SecurityContext(usage="accept")
            context.step(data_of(credentials))
            return message("SIP/2.0 200 OK", *back, 'Authentication-Info: Kerberos rspauth="602306", srand="0F", snum="1"')
        if "NTLM" in credentials and not data_of(credentials):
            context = calls[fields["Call-ID"]] = spnego.server(protocol="ntlm")
            challenge = context.step(spnego.client("a", "b", protocol="ntlm").step())
            data = f'opaque="{id(context) & 0xFFFFFFFF:08X}", gssapi-data="{encode(challenge)}"'
            return message("SIP/2.0 401 Unauthorized", *back, f"{offers[0].split(' realm')[0]} {data}, targetname=\"{host}\", realm=\"{REALM}\"")
        if "NTLM" in credentials:
            calls.pop(fields["Call-ID"]).step(data_of(credentials))
            return message("SIP/2.0 200 OK", *back, 'Authentication-Info: NTLM rspauth="01000000", srand="8EF3", snum="1"')
    except (gssapi.exceptions.GSSError, spnego.exceptions.SpnegoError, KeyError) as error:
        print("refused", error, flush=True)
    return message("SIP/2.0 401 Unauthorized", *back, *offers)


def message(*lines):
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


def data_of(text):
    return base64.b64decode(re.search('gssapi-data="([^"]*)"', text)[1])


def encode(token):
    return base64.b64encode(token).decode()


main()
