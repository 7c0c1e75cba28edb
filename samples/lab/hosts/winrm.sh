# shellcheck shell=bash
# web again: an endpoint for WinRM with CredSSP. There is no WinRM service; the logon is pyspnego's, the rest clients/credssp_server.py.

winrm_start() {
  daemon winrm web env NTLM_USER_FILE="$RUN/ntlm_users" "$VENV/bin/python" "$LAB/clients/credssp_server.py" 47001
  wait_for_port web 47001
}
