# shellcheck shell=bash
# A mirror port whose frames travel on inside something: Open vSwitch with its userspace datapath takes every frame of
# the bridge and sends it to the monitor through a tunnel, with tags or with labels. No kernel module is needed.

MONITOR=10.88.0.2

ovs() { switch env OVS_RUNDIR="$RUN/ovs" OVS_DBDIR="$RUN/ovs" OVS_LOGDIR="$RUN/ovs" OVS_SYSCONFDIR="$RUN/ovs" timeout 10 "$@"; }

mirror_up() {
  [ -e "$RUN/vswitchd.pid" ] && return 0
  mkdir -p "$RUN/ovs"
  rm -f "$RUN"/ovs/conf.db*
  mirror_links
  ovsdb-tool create "$RUN/ovs/conf.db" /usr/share/openvswitch/vswitch.ovsschema
  local environment=(env OVS_RUNDIR="$RUN/ovs" OVS_DBDIR="$RUN/ovs" OVS_LOGDIR="$RUN/ovs" OVS_SYSCONFDIR="$RUN/ovs")
  daemon ovsdb switch "${environment[@]}" ovsdb-server "$RUN/ovs/conf.db" --remote="punix:$RUN/ovs/db.sock"
  sleep 1
  ovs ovs-vsctl --db="unix:$RUN/ovs/db.sock" --no-wait init
  daemon vswitchd switch "${environment[@]}" ovs-vswitchd "unix:$RUN/ovs/db.sock"
  sleep 1
  mirror_bridges
} >>"$LOG/mirror.log" 2>&1

# The bridge floods once it forgets every address, so that its new port sees all frames.
mirror_links() {
  ip netns add lab-monitor
  ip -n lab-monitor link set lo up
  switch ip link add mir0 type veth peer name mir1
  switch ip link set mir0 master "$MIRROR" up
  switch ip link set mir1 up promisc on
  switch ip link set "$MIRROR" type bridge ageing_time 0
  switch bridge link set dev mir0 learning off
  ip link add phy0 netns lab-switch type veth peer name eth0 netns lab-monitor
  switch ip link set phy0 up mtu 1600
  ip -n lab-monitor link set eth0 up mtu 1600
  ip -n lab-monitor addr add $MONITOR/24 dev eth0
  local link
  for link in mir0 mir1 phy0; do
    switch ethtool -K "$link" tso off gso off gro off tx off rx off
    switch sysctl -qw "net.ipv6.conf.$link.disable_ipv6=1"
  done
  ip netns exec lab-monitor sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
}

# br-phy carries the tunnels, br-mir takes the mirrored frames and sends each where the flow of the scenario says.
mirror_bridges() {
  local vsctl=(ovs ovs-vsctl --db="unix:$RUN/ovs/db.sock")
  "${vsctl[@]}" add-br br-phy -- set bridge br-phy datapath_type=netdev -- add-port br-phy phy0
  switch ip addr add 10.88.0.1/24 dev br-phy
  switch sysctl -qw net.ipv6.conf.br-phy.disable_ipv6=1
  switch ip link set br-phy up mtu 1600
  "${vsctl[@]}" add-br br-mir -- set bridge br-mir datapath_type=netdev -- set-fail-mode br-mir secure \
    -- add-port br-mir mir1
  tunnel vxlan 77
  tunnel geneve 78
  tunnel gre 79
  tunnel erspan 1 options:erspan_ver=1 options:erspan_idx=3
  tunnel erspan3 2 options:erspan_ver=2 options:erspan_dir=0 options:erspan_hwid=4
  "${vsctl[@]}" add-port br-mir p_tag -- set interface p_tag type=patch options:peer=p_phy \
    -- add-port br-phy p_phy -- set interface p_phy type=patch options:peer=p_tag
  ovs ovs-ofctl add-flow "$RUN/ovs/br-phy.mgmt" priority=100,in_port=p_phy,actions=output:phy0
  # Frames are lost until Open vSwitch has seen who answers to the monitor's address.
  switch bash -c "echo >/dev/udp/$MONITOR/9"
}

tunnel() {
  local name=$1 key=$2
  shift 2
  ovs ovs-vsctl --db="unix:$RUN/ovs/db.sock" add-port br-mir "t_$name" -- \
    set interface "t_$name" type="${name%3}" options:remote_ip=$MONITOR options:key="$key" "$@"
}

# mirrored_scenario NAME WORDS ACTIONS COMMAND...: records at the monitor instead of at the bridge.
mirrored_scenario() {
  local name=$1 words=$2 actions=$3
  shift 3
  begin "$name" || return 0
  mirror_up
  echo "# OpenFlow actions of the mirror: $actions" >"$COMMANDS"
  ovs ovs-ofctl -O OpenFlow13 del-flows "$RUN/ovs/br-mir.mgmt"
  ovs ovs-ofctl -O OpenFlow13 add-flow "$RUN/ovs/br-mir.mgmt" "in_port=mir1,actions=$actions"
  sleep 0.5
  tap monitor "${TCPDUMP[@]}" -i eth0 -w "$WORK/capture.pcap" \
    "not arp and not (icmp and src host $MONITOR)"
  "$@" >"$WORK/output" 2>&1
  untap
  keep "$name" "$words" capture.pcap
}

mirror_down() {
  [ "$LISTING" = no ] || return 0
  [ -e "$RUN/vswitchd.pid" ] || return 0
  stop vswitchd
  stop ovsdb
  ip netns del lab-monitor
  switch ip link del mir0
  switch ip link set "$MIRROR" type bridge ageing_time 30000
}
