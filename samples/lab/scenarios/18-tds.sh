# shellcheck shell=bash
# TDS, the protocol of SQL Server.
CLIENT='FreeTDS tsql' SERVER='pyspnego'
SHIM='the server is clients/tds_server.py around the acceptor of pyspnego; there is no SQL Server'
tsql() { echo quit | client env TDSVER=7.4 tsql -H sql.lab.test -p 1433 -U 'LAB\alice' -P "$1"; }

LIMIT=6 scenario 18-tds-freetds-ntlm 'FreeTDS logs on with bare NTLMSSP.' tsql "$PASSWORD"
LIMIT=6 scenario 18-tds-freetds-ntlm-wrong-password 'FreeTDS logs on with bare NTLMSSP and a wrong password.' tsql wrong
CLIENT='impacket'
mssql() { echo exit | python "$VENV/bin/mssqlclient.py" -windows-auth "LAB/alice:$PASSWORD@sql.lab.test"; }
LIMIT=6 scenario 18-tds-impacket-ntlm-refused 'impacket logs on with the right password, and the acceptor refuses its AUTHENTICATE message.' mssql
SHIM=''
