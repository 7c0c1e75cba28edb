"""Fetch a URL with libcurl through a SOCKS proxy that wants GSS-API.

usage: socks_get.py PROXY URL [nec] [negotiate] [service=NAME]

The libcurl is that of pycurl: Debian's own forgets in the middle of the logon that it may use GSS-API.
"""

import sys

import pycurl


def main():
    proxy, url, *options = sys.argv[1:]
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.PROXY, f"socks5h://{proxy}")
    curl.setopt(pycurl.TIMEOUT, 10)
    for option in options:
        name, _, value = option.partition("=")
        if name == "nec":
            curl.setopt(pycurl.SOCKS5_GSSAPI_NEC, True)
        elif name == "negotiate":
            curl.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_GSSNEGOTIATE)
            curl.setopt(pycurl.USERPWD, ":")
        elif name == "service":
            curl.setopt(pycurl.PROXY_SERVICE_NAME, value)
    curl.perform()
    print(curl.getinfo(pycurl.RESPONSE_CODE))


main()
