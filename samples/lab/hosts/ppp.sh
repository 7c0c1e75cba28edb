# shellcheck shell=bash
# PPP peers in User-Mode Linux, since the kernel of the machine may have no PPP. Nothing leaves it but the captures.

# ppp_scenario NAME WORDS: NAME is also what ppp-guest calls the peers.
ppp_scenario() {
  local name=$1 words=$2
  begin "$name" || return 0
  mkdir -p "$RUN/uml"
  TMPDIR=/dev/shm timeout -k 2 90 linux.uml mem=192M root=/dev/root rootfstype=hostfs rootflags=/ ro quiet con0=null,fd:1 \
    con=null ssl=null uml_dir="$RUN/uml" init="$LAB/ppp-guest" lab_scenario="$name" lab_work="$WORK" \
    lab_password="$PASSWORD" </dev/null >"$WORK/output" 2>&1
  [ -s "$WORK/capture.pcap" ] || { say "$name: no capture, see $WORK/output"; return 1; }
  keep "$name" "$words" capture.pcap
}
