"""A bind by ldap3. usage: ldap3_bind.py HOST USER PASSWORD METHOD    (NTLM or SIMPLE)"""

import sys

import ldap3

host, user, password, method = sys.argv[1:]
server = ldap3.Server(host, connect_timeout=5)
connection = ldap3.Connection(server, user=user, password=password, authentication=getattr(ldap3, method))
print(connection.bind(), connection.result["description"])
