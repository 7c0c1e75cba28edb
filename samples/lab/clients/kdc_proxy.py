"""A KDC proxy ([MS-KKDCP]): kdcproxy behind the HTTP server of Python's standard library.

usage: kdc_proxy.py PORT    (KDCPROXY_CONFIG names its configuration)
"""

import sys
from wsgiref.simple_server import make_server

import kdcproxy

make_server("", int(sys.argv[1]), kdcproxy.Application()).serve_forever()
