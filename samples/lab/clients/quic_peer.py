"""A connection of QUIC by aioquic that is opened and closed, with the name of a protocol and nothing of it inside.

usage: quic_peer.py server ADDRESS PORT CERTIFICATE KEY
       quic_peer.py client NAME PORT PROTOCOL
"""

import asyncio
import ssl
import sys

from aioquic.asyncio import connect, serve
from aioquic.quic.configuration import QuicConfiguration


async def server(address, port, certificate, key):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3", "smb"])
    configuration.load_cert_chain(certificate, key)
    await serve(address, int(port), configuration=configuration)
    await asyncio.Event().wait()


async def client(name, port, protocol):
    configuration = QuicConfiguration(alpn_protocols=[protocol], server_name=name, verify_mode=ssl.CERT_NONE)
    async with connect(name, int(port), configuration=configuration) as connection:
        await connection.ping()
    print("connected with", protocol)


asyncio.run({"server": server, "client": client}[sys.argv[1]](*sys.argv[2:]))
