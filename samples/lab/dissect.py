#!/usr/bin/env python3
"""What tshark sees of the authentications in a capture: the independent witness for expect.toml.

usage: dissect.py CAPTURE...    one line a message

Nothing here comes from ntlmscope. `verify` holds expect.toml against the same events.
"""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

INTERESTING = (
    "ntlmssp or kerberos or spnego or smb.cmd==0x73 or smb2.cmd==1 or http or ldap.protocolOp<=1 or dcerpc.cn_auth_len>0"
    " or dcerpc.pkt_type==13 or dcerpc.pkt_type==3 or radius or eap or chap or pap or tds.type==4 or imap or smtp or pop or icmp.type==3"
    " or icmpv6.type==1 or tls.handshake.type==1 or tcp.flags.reset==1 or (tcp.flags.syn==1 and tcp.port==88)"
)
MECHANISMS = {
    "1.2.840.48018.1.2.2": "ms-krb5",
    "1.2.840.113554.1.2.2": "krb5",
    "1.2.840.113554.1.2.2.3": "krb5-u2u",
    "1.3.6.1.4.1.311.2.2.10": "ntlmssp",
    "1.3.6.1.4.1.311.2.2.30": "negoex",
    "1.3.6.1.5.2.5": "iakerb",
}
NEG_STATES = {"0": "accept-completed", "1": "accept-incomplete", "2": "reject", "3": "request-mic"}
KERBEROS_MESSAGES = {
    "10": "AS-REQ", "11": "AS-REP", "12": "TGS-REQ", "13": "TGS-REP", "14": "AP-REQ", "15": "AP-REP", "30": "KRB-ERROR",
}  # fmt: skip
KDC_ERRORS = {
    "1": "KDC_ERR_NAME_EXP",
    "6": "KDC_ERR_C_PRINCIPAL_UNKNOWN",
    "7": "KDC_ERR_S_PRINCIPAL_UNKNOWN",
    "12": "KDC_ERR_POLICY",
    "13": "KDC_ERR_BADOPTION",
    "14": "KDC_ERR_ETYPE_NOSUPP",
    "18": "KDC_ERR_CLIENT_REVOKED",
    "23": "KDC_ERR_KEY_EXPIRED",
    "24": "KDC_ERR_PREAUTH_FAILED",
    "25": "KDC_ERR_PREAUTH_REQUIRED",
    "31": "KRB_AP_ERR_BAD_INTEGRITY",
    "32": "KRB_AP_ERR_TKT_EXPIRED",
    "33": "KRB_AP_ERR_TKT_NYV",
    "37": "KRB_AP_ERR_SKEW",
    "41": "KRB_AP_ERR_MODIFIED",
    "50": "KRB_AP_ERR_INAPP_CKSUM",
    "52": "KRB_ERR_RESPONSE_TOO_BIG",
    "60": "KRB_ERR_GENERIC",
    "68": "KDC_ERR_WRONG_REALM",
    "91": "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED",
}
NT_STATUS = {
    0xC000000D: "STATUS_INVALID_PARAMETER",
    0xC0000022: "STATUS_ACCESS_DENIED",
    0xC000005E: "STATUS_NO_LOGON_SERVERS",
    0xC0000064: "STATUS_NO_SUCH_USER",
    0xC000006A: "STATUS_WRONG_PASSWORD",
    0xC000006D: "STATUS_LOGON_FAILURE",
    0xC000006E: "STATUS_ACCOUNT_RESTRICTION",
    0xC000006F: "STATUS_INVALID_LOGON_HOURS",
    0xC0000070: "STATUS_INVALID_WORKSTATION",
    0xC0000071: "STATUS_PASSWORD_EXPIRED",
    0xC0000072: "STATUS_ACCOUNT_DISABLED",
    0xC000009A: "STATUS_INSUFFICIENT_RESOURCES",
    0xC00000BB: "STATUS_NOT_SUPPORTED",
    0xC0000133: "STATUS_TIME_DIFFERENCE_AT_DC",
    0xC0000193: "STATUS_ACCOUNT_EXPIRED",
    0xC0000203: "STATUS_USER_SESSION_DELETED",
    0xC0000224: "STATUS_PASSWORD_MUST_CHANGE",
    0xC0000225: "STATUS_NOT_FOUND",
    0xC0000234: "STATUS_ACCOUNT_LOCKED_OUT",
    0xC00002F9: "STATUS_SMARTCARD_LOGON_REQUIRED",
    0xC0000418: "STATUS_NTLM_BLOCKED",
}
# Plain fields that go to the event under the given name, as tshark shows them.
FIELDS = {
    "smb2.nt_status": "status",
    "smb.nt_status": "status",
    "smb.pwlen": "ansi_pwlen",
    "smb.error_code": "status",
    "smb2.session_flags": "session_flags",
    "smb.account": "user",
    "smb.primary_domain": "domain",
    "smb.ansi_pwlen": "ansi_pwlen",
    "smb.unicode_pwlen": "unicode_pwlen",
    "ntlmssp.auth.username": "user",
    "ntlmssp.auth.domain": "domain",
    "ntlmssp.negotiateflags": "flags",
    "ntlmssp.ntlmv2_response.target_name": "target",
    "http.request.method": "method",
    "http.request.uri": "uri",
    "http.response.code": "code",
    "ldap.authentication": "bind",
    "ldap.mechanism": "sasl",
    "ldap.name": "dn",
    "ldap.resultCode": "result",
    "dcerpc.pkt_type": "rpc",
    "dcerpc.auth_type": "auth_type",
    "dcerpc.auth_level": "auth_level",
    "dcerpc.cn_status": "fault",
    "radius.code": "radius",
    "radius.User_Name": "user",
    "eap.code": "eap",
    "eap.type": "eap_type",
    "chap.code": "chap",
    "chap.name": "user",
    "pap.code": "pap",
    "icmp.type": "icmp",
    "icmp.code": "icmp_code",
    "tls.handshake.extensions_server_name": "sni",
    "tds.type": "tds",
    "imap.line": "line",
    "smtp.command_line": "line",
    "smtp.response": "line",
    "pop.request": "line",
    "pop.response": "line",
}


@dataclass
class Event:
    """One message, with the fields that tell what it is."""

    frame: int
    stream: str
    source: str
    destination: str
    ports: tuple
    protocols: list
    fields: dict = field(default_factory=dict)
    kerberos: list = field(default_factory=list)

    def __str__(self):
        parts = [f"{key}={value}" for key, value in self.fields.items()]
        parts += ["(" + " ".join(f"{key}={value}" for key, value in one.items() if value) + ")" for one in self.kerberos]
        stack = ":".join(self.protocols[-4:])
        return (
            f"{self.frame:4} {self.stream:>7} {self.source}:{self.ports[0]} > {self.destination}:{self.ports[1]} "
            f"{stack} {' '.join(parts)}"
        )


def events(capture):
    """The events of a capture, in its order; a frame with several messages of one protocol gives one event each."""
    command = ["tshark", "-n", "-r", capture, "-Y", INTERESTING, "-T", "pdml"]
    document = subprocess.run(command, capture_output=True, check=True).stdout
    for packet in ElementTree.fromstring(document).iter("packet"):
        yield from packet_events(packet)


def packet_events(packet):
    frame, stream, source, destination, ports, protocols = 0, "", "", "", ["", ""], []
    event, found = None, []
    for proto in packet.iter("proto"):
        name = proto.get("name")
        if name == "frame":
            frame = int(value_of(proto, "frame.number") or 0)
        elif name in ("ip", "ipv6"):
            source, destination = value_of(proto, f"{name}.src"), value_of(proto, f"{name}.dst")
        elif name in ("tcp", "udp"):
            stream = f"{name}/{value_of(proto, name + '.stream')}"
            ports = [value_of(proto, f"{name}.srcport"), value_of(proto, f"{name}.dstport")]
        if name not in ("geninfo", "fake-field-wrapper"):
            protocols.append(name)
        event = Event(frame, stream, source, destination, tuple(ports), protocols, {}, [])
        read_proto(proto, event)
        if event.fields or event.kerberos:
            event.protocols = list(protocols)
            found.append(event)
    if not found:
        found.append(event)
    return merge(found)


def merge(found):
    """A token belongs to the carrier around it: events of one frame are one, until a field would be overwritten."""
    merged = []
    for event in found:
        last = merged[-1] if merged else None
        if last and not (set(last.fields) & set(event.fields)) and not (last.kerberos and event.kerberos):
            last.fields.update(event.fields)
            last.kerberos += event.kerberos
            last.protocols = event.protocols
        else:
            merged.append(event)
    return merged


def value_of(element, name):
    for one in element.iter("field"):
        if one.get("name") == name:
            return one.get("show")
    return ""


def own_fields(element):
    """The fields below an element that are not inside another protocol."""
    for child in element:
        if child.tag == "field":
            yield child
            yield from own_fields(child)


def read_proto(proto, event):
    offered, ntlm = [], None
    for one in own_fields(proto):
        name, show = one.get("name"), one.get("show", "")
        if name in FIELDS:
            event.fields.setdefault(FIELDS[name], show[:60])
        elif name == "spnego.MechType":
            offered.append(MECHANISMS.get(show, show))
        elif name in ("spnego.negResult", "spnego.negState"):
            event.fields["negState"] = NEG_STATES.get(show, show)
        elif name == "spnego.supportedMech":
            event.fields["selected"] = MECHANISMS.get(show, show)
        elif name in ("http.authorization", "http.proxy_authorization", "http.www_authenticate", "http.proxy_authenticate"):
            event.fields.setdefault("auth_header", show[:20])
        elif name == "ntlmssp.messagetype":
            ntlm = int(show, 16)
            event.fields["ntlm"] = ntlm
    if offered:
        event.fields["offered"] = ",".join(offered)
    if ntlm == 3:
        event.fields["version"] = ntlm_version(proto)
    if proto.get("name") == "kerberos":
        event.kerberos += kerberos_messages(proto)


def ntlm_version(proto):
    """By the lengths of the responses, as [MS-NLMP] 2.2.2 describes them."""
    nt_response = length_of(proto, "ntlmssp.auth.ntresponse")
    lm_response = bytes_of(proto, "ntlmssp.auth.lmresponse")
    flags = int(value_of(proto, "ntlmssp.negotiateflags") or "0", 16)
    extended = bool(flags & 0x80000)
    if nt_response > 24:
        return "ntlmv2"
    if nt_response == 24:
        return "ntlmv1-ess" if extended and lm_response[8:] == bytes(16) else "ntlmv1"
    return "lm" if len(lm_response) == 24 else "anonymous"


def bytes_of(proto, name):
    for one in proto.iter("field"):
        if one.get("name") == name:
            for below in one.iter("field"):
                if below.get("name") == name + ".length" or below.get("name") == "ntlmssp.blob.length":
                    break
            return bytes.fromhex(one.get("value", "")) if one.get("value") else b""
    return b""


def length_of(proto, name):
    for one in proto.iter("field"):
        if one.get("name") == name:
            length = value_of(one, "ntlmssp.blob.length")
            return int(length) if length else 0
    return 0


def kerberos_messages(proto):
    """The outermost Kerberos messages of one protocol element: the AP-REQ inside a TGS-REQ is part of that."""
    messages = []
    for element in outermost(proto):
        message = {"type": KERBEROS_MESSAGES.get(value_of(element, "kerberos.msg_type"), "?")}
        if message["type"] == "KRB-ERROR":
            message["error"] = value_of(element, "kerberos.error_code")
        body = next((one for one in element.iter("field") if one.get("name") == "kerberos.req_body_element"), element)
        message["sname"] = principal(body, "kerberos.sname_element", "kerberos.SNameString")
        message["cname"] = principal(body, "kerberos.cname_element", "kerberos.CNameString")
        message["realm"] = value_of(body, "kerberos.realm") or value_of(body, "kerberos.crealm")
        messages.append(message)
    return messages


def outermost(element):
    for child in element:
        if child.tag == "field" and child.get("name", "").endswith(
            ("as_req_element", "as_rep_element", "tgs_req_element", "tgs_rep_element", "ap_req_element", "ap_rep_element", "krb_error_element")
        ):
            yield child
        elif child.tag == "field":
            yield from outermost(child)


def principal(element, name, part):
    """The first name of its kind: a request for user-to-user has that of another ticket after its own."""
    first = next((one for one in element.iter("field") if one.get("name") == name), element)
    return "/".join(one.get("show", "") for one in first.iter("field") if one.get("name") == part)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(f"# {path}")
        for one in events(path):
            print(one)
