"""Answers every NetBIOS name query of a network with its own address, as tools that collect responses do (RFC 1002 4.2.13).

usage: answer_names.py ADDRESS
"""

import socket
import struct
import sys

QUERY_FLAGS, ANSWER_FLAGS = 0x7800, 0x8500
NB, IN, LIFETIME = 0x20, 1, 60
NAME = slice(12, 46)

address = socket.inet_aton(sys.argv[1])
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", 137))
while True:
    query, sender = listener.recvfrom(1024)
    identifier, flags, questions = struct.unpack_from(">HHH", query)
    is_query = flags & 0x8000 == 0 and flags & QUERY_FLAGS == 0 and questions == 1
    if not is_query or sender[0] == sys.argv[1]:
        continue
    header = struct.pack(">HHHHHH", identifier, ANSWER_FLAGS, 0, 1, 0, 0)
    record = struct.pack(">HHIHH", NB, IN, LIFETIME, 6, 0)
    listener.sendto(header + query[NAME] + record + address, sender)
