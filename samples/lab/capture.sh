# shellcheck shell=bash
# One scenario is one capture around one command, and the README.md that says what it was.
# A scenario file sets CLIENT, SERVER and SHIM (what is not a real implementation, if anything) before its scenarios.

MIRROR=br0
CLIENT='' SERVER='' SHIM=''
# Traffic of the client alone: the servers' own chatter would differ from run to run.
FILTER_CLIENT='not arp and not icmp6 and not port 5353 and not port 137 and not port 138 and (host 10.77.0.50 or host fd77::50)'

# scenario NAME WORDS COMMAND...: records COMMAND into samples/NAME, if NAME was asked for. The caller may set
#   FILTER  what to capture, instead of the client's traffic
#   TICKET  a user who has a ticket-granting ticket before the capture starts
scenario() {
  local name=$1 words=$2
  shift 2
  is_wanted "$name" || return 0
  local work=$BASE/work/$name
  rm -rf "$work" && mkdir -p "$work"
  COMMANDS=$work/commands CCACHE=$work/ccache
  [ -z "${TICKET:-}" ] || on cl env KRB5CCNAME="$CCACHE" kinit "$TICKET" <<<"$PASSWORD" >/dev/null
  : >"$COMMANDS"
  start_capture "$work/capture.pcap"
  "$@" >"$work/output" 2>&1
  stop_capture
  keep "$name" "$words" "$work" capture.pcap
}

is_wanted() {
  local pattern
  [ ${#WANTED[@]} -eq 0 ] && return 0
  for pattern in "${WANTED[@]}"; do
    # shellcheck disable=SC2053 # A pattern is meant.
    [[ $1 == $pattern ]] && return 0
  done
  return 1
}

# Without --immediate-mode the last packets are lost; started in the background tcpdump ignores INT, so it gets TERM.
start_capture() {
  ip netns exec lab-switch tcpdump -i "$MIRROR" -s 0 -U --immediate-mode -Z root -w "$1" "${FILTER:-$FILTER_CLIENT}" \
    >"$LOG/tcpdump.log" 2>&1 &
  CAPTURE=$!
  for _ in {1..100}; do
    grep -q 'listening on' "$LOG/tcpdump.log" && break
    sleep 0.05
  done
}

stop_capture() {
  sleep 0.5
  kill -TERM "$CAPTURE"
  wait "$CAPTURE"
}

# keep NAME WORDS WORK FILE: puts the capture and its README.md where the samples are.
keep() {
  local name=$1 words=$2 work=$3 file=$4
  local sample=$SAMPLES/$name
  mkdir -p "$sample"
  cp "$work/$file" "$sample/$file"
  readme "$name" "$words" "$work/commands" "$sample/$file" >"$sample/README.md"
  printf '%-48s %6d packets  %s\n' "$name" "$(capinfos -Mrc "$sample/$file" | awk '/Number of packets/ {print $NF}')" \
    "$(tail -n 1 "$work/output" 2>/dev/null | tr -d '\r' | cut -c 1-80)"
}

readme() {
  local name=$1 words=$2 commands=$3 file=$4
  printf '# %s\n\n%s\n\n' "$name" "$words"
  printf -- '- Client: %s\n- Server: %s\n' "$(versions "$CLIENT")" "$(versions "$SERVER")"
  printf -- '- Shim: %s\n' "${SHIM:-none, client and server are real implementations}"
  printf -- '- Recorded: %s by `samples/lab/record %s` on %s\n' "$(capinfos -rTa "$file" | tail -n 1 | cut -f 2 | cut -d ' ' -f 1)" \
    "$name" "$(. /etc/os-release && echo "$PRETTY_NAME")"
  printf -- '- Licence: MIT OR Apache-2.0, as the project\n\n'
  printf 'Commands on the client (`RUN` is the run folder of the laboratory):\n\n```sh\n'
  sed -e "s#$VENV/bin/##g" -e "s#$RUN#RUN#g" -e "s#$LAB/##g" -e "s#$BASE/work/$name#RUN/work#g" "$commands"
  printf '```\n'
}

# versions "smbclient, curl": the names as they are, with the version of the package each comes from.
versions() {
  local name package text=''
  IFS=, read -ra names <<<"$1"
  for name in "${names[@]}"; do
    name=${name# }
    package=${PACKAGE[$name]:-}
    case $package in
    '') text+=", $name" ;;
    pip:*) text+=", $name $("$VENV/bin/pip" show "${package#pip:}" 2>/dev/null | sed -n 's/^Version: //p')" ;;
    *) text+=", $name $(dpkg-query -W -f '${Version}' "$package" 2>/dev/null)" ;;
    esac
  done
  echo "${text#, }"
}

declare -A PACKAGE=([smbclient]=smbclient [smbtorture]=samba-testsuite [rpcclient]=smbclient [ldbsearch]=ldb-tools
  ['Samba smbd']=samba ['Samba AD DC']=samba ['Samba winbindd']=winbind ['Samba Python bindings']=python3-samba
  ['MIT kinit and kvno']=krb5-user ['MIT krb5kdc']=krb5-kdc ['MIT gss-client']=krb5-gss-samples
  ['MIT gss-server']=krb5-gss-samples [kpasswd]=krb5-user [curl]=curl [gss-ntlmssp]=gss-ntlmssp ['Apache httpd']=apache2
  [mod_auth_gssapi]=libapache2-mod-auth-gssapi [Squid]=squid [Dovecot]=dovecot-core [FreeRADIUS]=freeradius
  [radtest]=freeradius-utils [eapol_test]=eapoltest [ldapsearch]=ldap-utils ['Cyrus SASL']=libsasl2-2 [pppd]=ppp [rp-pppoe]=pppoe
  [pptp]=pptp-linux [pptpd]=pptpd [xl2tpd]=xl2tpd ['FreeTDS tsql']=freetds-bin ['Open vSwitch']=openvswitch-switch
  ['python-gssapi']=python3-gssapi [impacket]=pip:impacket [pyspnego]=pip:pyspnego [smbprotocol]=pip:smbprotocol
  [requests-ntlm]=pip:requests-ntlm [requests-gssapi]=pip:requests-gssapi [ldap3]=pip:ldap3 [pywinrm]=pip:pywinrm)

# client COMMAND...: runs on the client with the scenario's own credential cache, and notes the command for README.md.
client() {
  note "$@"
  on cl env KRB5CCNAME="$CCACHE" timeout -k 2 "${LIMIT:-60}" "$@"
}

note() {
  local word line='' plain='^[][A-Za-z0-9_./:@%=+,!$\{}-]+$'
  for word in "$@"; do
    if [[ $word =~ $plain ]]; then line+=" $word"; else line+=" ${word@Q}"; fi
  done
  printf '%s\n' "${line# }" >>"$COMMANDS"
}
