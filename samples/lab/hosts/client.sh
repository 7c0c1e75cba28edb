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

smb() { client smbclient -s "$RUN/cl/smb.conf" "$@"; }

# web_get URL [CURL OPTIONS]: with tickets and, if NTLM_USERS is set, with gss-ntlmssp's file of users.
curl_get() { client "${NTLM_USERS[@]}" curl -sSi --max-time 20 "$@"; }
NTLM_USERS=()
with_ntlm_users() {
  NTLM_USERS=(env NTLM_USER_FILE="$RUN/ntlm_users")
  "$@"
  NTLM_USERS=()
}

python() { client "$VENV/bin/python" "$@"; }

# kinit_with USER [OPTION...]: a new ticket-granting ticket; PASSWORD may be another one.
kinit_with() { client kinit "$@" <<<"$PASSWORD"; }
