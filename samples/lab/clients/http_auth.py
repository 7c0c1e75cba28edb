"""Fetch a URL over one connection, with tokens that pyspnego makes.

usage: http_auth.py URL USER PASSWORD SCHEME PROTOCOL [unnamed]

SCHEME is the HTTP scheme (NTLM or Negotiate), PROTOCOL what pyspnego speaks in it (ntlm, negotiate or kerberos). With
`unnamed` pyspnego is not told the name of the server.
"""

import base64
import http.client
import sys
import urllib.parse

import spnego

MOST_LEGS = 4


def main():
    url, user, password, scheme, protocol, *unnamed = sys.argv[1:]
    target = urllib.parse.urlsplit(url)
    host, service = (None, None) if unnamed else (target.hostname, "http")
    context = spnego.client(user, password, hostname=host, service=service, protocol=protocol)
    connection = http.client.HTTPConnection(target.hostname, target.port or 80)
    status, token = fetch(connection, target.path, scheme, None)
    for _ in range(MOST_LEGS):
        answer = context.step(token)
        if not answer:
            break
        status, token = fetch(connection, target.path, scheme, answer)
        if status != 401 or token is None:
            break
    return status != 200


def fetch(connection, path, scheme, token):
    """One request; returns the status and the token that the server answered with, if any."""
    headers = {"Authorization": f"{scheme} {base64.b64encode(token).decode()}"} if token else {}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    offers = response.headers.get_all("WWW-Authenticate") or []
    print(response.status, [offer[:24] for offer in offers])
    for offer in offers:
        name, _, value = offer.partition(" ")
        if name == scheme and value:
            return response.status, base64.b64decode(value)
    return response.status, None


sys.exit(main())
