# shellcheck shell=bash
# web again: an endpoint for TDS logons. There is no SQL server; the tokens are real, the framing is clients/tds_server.py.

sql_start() {
  daemon tds web env NTLM_USER_FILE="$RUN/ntlm_users" "$VENV/bin/python" "$LAB/clients/tds_server.py" 1433
  wait_for_port web 1433
}
