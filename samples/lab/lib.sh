# shellcheck shell=bash
# Paths, addresses and the few verbs that every script of the laboratory uses.

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SAMPLES=${NTLMSCOPE_SAMPLES:-$(dirname "$LAB")}
BASE=${NTLMSCOPE_LAB:-/var/tmp/ntlmscope-lab}
RUN=$BASE/run LOG=$BASE/log VENV=$BASE/venv
PASSWORD='Passw0rd!' # Of every account in the laboratory; it opens nothing else.

HOSTS=(dc dc2 fs wg web mit rogue cl)
declare -A OCTET=([dc]=10 [fs]=11 [wg]=12 [web]=13 [dc2]=20 [mit]=30 [cl]=50 [rogue]=66)
declare -A FQDN=([dc]=dc1.lab.test [fs]=fs.lab.test [wg]=wg [web]=web.lab.test [dc2]=dc2.ext.test
  [mit]=kdc.mit.test [cl]=cl.lab.test [rogue]=rogue.lab.test [switch]=switch)

ipv4() { echo "10.77.0.${OCTET[$1]}"; }
ipv6() { echo "fd77::${OCTET[$1]}"; }
say() { printf '%s\n' "$*" >&2; }

# on HOST COMMAND...: runs the command as if on that host. `ip netns exec` lays /etc/netns/lab-HOST over /etc; the
# host's own /run/samba is needed because libwbclient has the path of winbindd's socket compiled in.
ENTER='hostname "$1"; mkdir -p "$2"; mount --bind "$2" /run/samba; shift 2; exec "$@"'
on() {
  local host=$1
  shift
  ip netns exec "lab-$host" unshare --uts sh -c "$ENTER" sh "${FQDN[$host]%%.*}" "$RUN/$host/run-samba" "$@"
}

switch() { ip netns exec lab-switch "$@"; }

# daemon NAME HOST COMMAND...: starts it in a session of its own and remembers the session for `stop`.
daemon() {
  local name=$1 host=$2
  shift 2
  setsid ip netns exec "lab-$host" unshare --uts sh -c "$ENTER" sh "${FQDN[$host]%%.*}" \
    "$RUN/$host/run-samba" "$@" >"$LOG/$name.log" 2>&1 </dev/null &
  echo $! >"$RUN/$name.pid"
}

stop() {
  local pid
  pid=$(cat "$RUN/$1.pid" 2>/dev/null) || return 0
  kill -- "-$pid" 2>/dev/null
  for _ in {1..50}; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  rm -f "$RUN/$1.pid"
}

stop_everything() {
  local file
  for file in "$RUN"/*.pid; do
    [ -e "$file" ] && stop "$(basename "$file" .pid)"
  done
}

# wait_for_port HOST PORT: until the client can connect to it.
wait_for_port() {
  for _ in {1..150}; do
    ip netns exec lab-cl bash -c "exec 3<>/dev/tcp/$(ipv4 "$1")/$2" 2>/dev/null && return 0
    sleep 0.2
  done
  say "port $2 of $1 never opened"
  return 1
}

# once NAME COMMAND...: for what a later run finds done.
once() {
  local mark=$RUN/done/$1
  shift
  [ -e "$mark" ] && return 0
  "$@" && mkdir -p "$RUN/done" && touch "$mark"
}
