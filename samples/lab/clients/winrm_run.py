"""One command through pywinrm; another server stands in for WinRM, so that only the logon succeeds.

usage: winrm_run.py URL USER PASSWORD TRANSPORT    (ntlm, kerberos or credssp, which is given NTLM)
"""

import sys

import winrm

url, user, password, transport = sys.argv[1:]
session = winrm.Session(url, auth=(user, password), transport=transport, message_encryption="never")
session.protocol.transport.credssp_auth_mechanism = "ntlm"
try:
    print(session.run_cmd("hostname"))
except Exception as error:  # noqa: BLE001 - the answer is no SOAP; the logon before it is what counts
    print("after the logon:", type(error).__name__)
