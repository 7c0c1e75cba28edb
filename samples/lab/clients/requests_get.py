"""Fetch a URL with requests and one of its authentication plugins.

usage: requests_get.py URL ntlm USER PASSWORD
       requests_get.py URL gssapi
"""

import sys
import warnings

import requests

url, plugin = sys.argv[1:3]
if plugin == "ntlm":
    from requests_ntlm import HttpNtlmAuth

    auth = HttpNtlmAuth(sys.argv[3], sys.argv[4])
else:
    from requests_gssapi import HTTPSPNEGOAuth

    auth = HTTPSPNEGOAuth()
warnings.simplefilter("ignore")  # The laboratory's certificate is its own.
response = requests.get(url, auth=auth, verify=False, timeout=20)
print(response.status_code, response.text.strip()[:40])
sys.exit(response.status_code != 200)
