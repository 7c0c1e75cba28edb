# shellcheck shell=bash
# fs once more: a registrar of SIP, clients/sip_logon.py. Those of Microsoft ask for TLS.

sip_build() {
  admin spn add sip/fs.lab.test 'FS$'
  admin domain exportkeytab "$RUN/sip.keytab" --principal=sip/fs.lab.test
} >>"$LOG/sip.log" 2>&1

sip_start() {
  daemon sip fs env KRB5_KTNAME="$RUN/sip.keytab" NTLM_USER_FILE="$RUN/ntlm_users" \
    "$VENV/bin/python" "$LAB/clients/sip_logon.py" 5060
  wait_for_port fs 5060
}
