# shellcheck shell=bash
# fs once more: a SOCKS proxy that asks for GSS-API. Debian's Dante is built without it, so this is clients/socks_server.py.

socks_build() {
  admin spn add rcmd/fs.lab.test 'FS$'
  admin domain exportkeytab "$RUN/socks.keytab" --principal=rcmd/fs.lab.test
} >>"$LOG/socks.log" 2>&1

socks_start() {
  daemon socks fs env KRB5_KTNAME="$RUN/socks.keytab" NTLM_USER_FILE="$RUN/ntlm_users" \
    "$VENV/bin/python" "$LAB/clients/socks_server.py" 1080 rcmd@fs.lab.test
  wait_for_port fs 1080
}
