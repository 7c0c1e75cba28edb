"""A web server that takes CredSSP by pyspnego and gives one page: as much of WinRM as a logon needs.

usage: credssp_server.py PORT    (NTLM_USER_FILE names the users)
"""

import base64
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import spnego
from spnego.exceptions import SpnegoError

PAGE = b"<s/>"


class Handler(BaseHTTPRequestHandler):
    """One connection, and one logon on it."""

    protocol_version = "HTTP/1.1"
    context = None

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme != "CredSSP":
            self.answer(401, "CredSSP")
            return
        if self.context is None:
            self.context = spnego.server(protocol="credssp", options=spnego.NegotiateOptions.use_ntlm)
        try:
            answer = self.context.step(base64.b64decode(token))
        except SpnegoError as error:
            print(error)
            self.answer(401, "CredSSP")
            return
        value = f"CredSSP {base64.b64encode(answer).decode()}" if answer else None
        self.answer(200 if self.context.complete else 401, value)

    def answer(self, status, challenge):
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)


ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
