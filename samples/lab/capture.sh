# shellcheck shell=bash
# One scenario is one capture around one command, and the README.md that says what it was.
# A scenario file sets CLIENT, SERVER and SHIM (what is not a real implementation, if anything) before its scenarios.

MIRROR=br0
CLIENT='' SERVER='' SHIM=''
# Traffic of the client alone: the servers' own chatter would differ from run to run.
FILTER_CLIENT='not arp and not icmp6 and not port 5353 and not port 137 and not port 138 and (host 10.77.0.50 or host fd77::50)'
# Without --immediate-mode it loses the last packets. Its buffer has slots of 64 KiB whatever a packet's size, and the
# default of 2 MiB overflows as soon as some thirty packets come at once.
TCPDUMP=(tcpdump -s 0 -B 65536 -U --immediate-mode -Z root)

# scenario NAME WORDS COMMAND...: records COMMAND into samples/NAME, if NAME was asked for. The caller may set
#   FILTER   what to capture, instead of the client's traffic
#   TICKET   a user who has a ticket-granting ticket before the capture starts
#   PREPARE  what to call before the capture starts
scenario() {
  local name=$1 words=$2
  shift 2
  begin "$name" || return 0
  [ -z "${PREPARE:-}" ] || $PREPARE
  [ -z "${TICKET:-}" ] || on cl env KRB5CCNAME="$CCACHE" kinit "$TICKET" <<<"$PASSWORD" >/dev/null
  tap switch "${TCPDUMP[@]}" -i "$MIRROR" -w "$WORK/capture.pcap" "${FILTER:-$FILTER_CLIENT}"
  "$@" >"$WORK/output" 2>&1
  untap
  keep "$name" "$words" capture.pcap
}

# begin NAME: a fresh folder to work in and an empty credential cache; fails if NAME was not asked for. Every kind of
# scenario starts here, so that --list runs none. The old capture goes first: one that could not be made again must not
# pass for a new one.
begin() {
  is_wanted "$1" || return 1
  if [ "$LISTING" = yes ]; then
    echo "$1"
    return 1
  fi
  WORK=$BASE/work/$1
  COMMANDS=$WORK/commands CCACHE=$WORK/ccache
  rm -rf "$WORK" && mkdir -p "$WORK"
  rm -f "$SAMPLES/$1"/capture.pcap*
  : >"$COMMANDS"
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

# tap HOST COMMAND...: starts a capture there. Started in the background it ignores INT, so it gets TERM.
tap() {
  local host=$1
  shift
  : >"$LOG/tap.log"
  ip netns exec "lab-$host" "$@" >"$LOG/tap.log" 2>&1 &
  TAP=$!
  for _ in {1..100}; do
    grep -qE 'listening on|Capturing on' "$LOG/tap.log" && break
    sleep 0.05
  done
}

untap() {
  sleep 0.5
  kill -TERM "$TAP"
  wait "$TAP"
}

# keep NAME WORDS FILE: puts the capture and its README.md where the samples are.
keep() {
  local name=$1 words=$2 file=$3 sample=$SAMPLES/$1
  mkdir -p "$sample"
  cp "$WORK/$file" "$sample/$file"
  readme "$name" "$words" "$sample/$file" >"$sample/README.md"
  printf '%-48s %6d packets  %s\n' "$name" "$(capinfos -Mrc "$sample/$file" | awk '/Number of packets/ {print $NF}')" \
    "$(grep -v '^ *$' "$WORK/output" 2>/dev/null | tail -n 1 | tr -d '\r' | cut -c 1-80)"
}

readme() {
  local name=$1 words=$2 file=$3
  printf '# %s\n\n%s\n\n' "$name" "$words"
  printf -- '- Client: %s\n- Server: %s\n' "$(versions "$CLIENT")" "$(versions "$SERVER")"
  printf -- '- Shim: %s\n' "${SHIM:-none, client and server are real implementations}"
  printf -- '- Recorded: %s by `samples/lab/record %s` on %s\n' "$(capinfos -rTa "$file" | tail -n 1 | cut -f 2 | cut -d ' ' -f 1)" \
    "$name" "$(. /etc/os-release && echo "$PRETTY_NAME")"
  printf -- '- Licence: MIT OR Apache-2.0, as the project\n\n'
  printf 'Commands (`RUN` and `WORK` are folders of the laboratory):\n\n```sh\n'
  sed -e "s#$VENV/bin/##g" -e "s#$RUN#RUN#g" -e "s#$LAB/##g" -e "s#$WORK#WORK#g" "$COMMANDS"
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
  [pptp]=pptp-linux [pptpd]=pptpd [xl2tpd]=xl2tpd ['inetutils telnet']=inetutils-telnet
  ['inetutils telnetd']=inetutils-telnetd [nsupdate]=bind9-dnsutils [xfreerdp]=freerdp2-x11 [freerdp-shadow-cli]=freerdp2-shadow-x11 ['FreeTDS tsql']=freetds-bin ['Open vSwitch']=openvswitch-switch
  ['python-gssapi']=python3-gssapi [impacket]=pip:impacket [pyspnego]=pip:pyspnego [smbprotocol]=pip:smbprotocol
  [kdcproxy]=python3-kdcproxy [stunnel]=stunnel4
  [requests-ntlm]=pip:requests-ntlm [requests-gssapi]=pip:requests-gssapi [ldap3]=pip:ldap3 [pywinrm]=pip:pywinrm [pycurl]=pip:pycurl
  [requests-credssp]=pip:requests-credssp [aioquic]=pip:aioquic)

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
