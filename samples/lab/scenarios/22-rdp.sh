# shellcheck shell=bash
# The negotiation of Remote Desktop's security, and what TLS hides of the logon behind it.
CLIENT='xfreerdp' SERVER='freerdp-shadow-cli'
rdp() {
  client env HOME="$RUN/rdp" DISPLAY="$DISPLAY_OF_LAB" xfreerdp /v:wg.lab.test /cert:ignore /u:carol "/p:$PASSWORD" +auth-only "$@"
}

LIMIT=8 scenario 22-rdp-nla 'CredSSP is asked for and chosen: TLS, and the logon in it.' rdp /sec:nla
LIMIT=8 scenario 22-rdp-tls 'TLS is asked for and chosen; the password goes through it.' rdp /sec:tls
LIMIT=8 scenario 22-rdp-standard 'The security of old: no TLS, and no logon that a network could see.' rdp /sec:rdp
