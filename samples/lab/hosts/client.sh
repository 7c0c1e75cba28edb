# shellcheck shell=bash
# cl: the client's own Samba configuration, and the clients that scenarios call most.

client_build() {
  local kind
  mkdir -p "$RUN"/cl/{private,lock,state,cache} "$RUN/rogue"
  {
    printf '[global]\n\tworkgroup = LAB\n\trealm = LAB.TEST\n\tnetbios name = CL\n\tclient min protocol = NT1\n\tlog level = 0\n'
    printf '\tprivate dir = %s/cl/private\n' "$RUN"
    for kind in lock state cache; do printf '\t%s directory = %s/cl/%s\n' "$kind" "$RUN" "$kind"; done
  } >"$RUN/cl/smb.conf"
}

ALICE=(-U "LAB/alice%$PASSWORD")
ALICE_UPN=(-U "alice@LAB.TEST%$PASSWORD")
CAROL=(-U "carol%$PASSWORD")
NO_KERBEROS=(--use-kerberos=off)
# The logons that differ by one option only: a domain account at fs, a local account at wg.
FS=(//fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}")
WG=(//wg.lab.test/data "${CAROL[@]}" "${NO_KERBEROS[@]}")
V1=(--option='client ntlmv2 auth=no')
LM=(--option='client lanman auth=yes')
HTTP_AUTH=(python "$LAB/clients/http_auth.py")

smb() { client smbclient -s "$RUN/cl/smb.conf" "$@"; }

curl_get() { client "${NTLM_USERS[@]}" curl -sSi --max-time 20 "$@"; }

# with_ntlm_users COMMAND...: the client's gss-ntlmssp finds a file of users and may offer NTLM.
with_ntlm_users() {
  NTLM_USERS=(env NTLM_USER_FILE="$RUN/ntlm_users")
  "$@"
  NTLM_USERS=()
}
NTLM_USERS=()

python() { client "$VENV/bin/python" "$@"; }
system_python() { client /usr/bin/python3 "$@"; }

# kinit_with USER [OPTION...]: a new ticket-granting ticket; PASSWORD may be another one.
kinit_with() { client kinit "$@" <<<"$PASSWORD"; }

client_tickets() {
  kinit_with "$1"
  shift
  client kvno "$@"
}

# with_krb5 "LINE;LINE" COMMAND...: with more lines in [libdefaults] of the client's krb5.conf.
with_krb5() {
  local lines
  IFS=';' read -ra lines <<<"$1"
  shift
  krb5_conf "${lines[@]}" >/etc/netns/lab-cl/krb5.conf
  printf '# krb5.conf, [libdefaults]: %s\n' "${lines[@]}" >>"$COMMANDS"
  "$@"
  krb5_conf >/etc/netns/lab-cl/krb5.conf
}

# edit_krb5 SED COMMAND...: with the client's krb5.conf edited.
edit_krb5() {
  krb5_conf | sed "$1" >/etc/netns/lab-cl/krb5.conf
  echo "# krb5.conf edited: $1" >>"$COMMANDS"
  shift
  "$@"
  krb5_conf >/etc/netns/lab-cl/krb5.conf
}
