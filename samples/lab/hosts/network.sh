# shellcheck shell=bash
# The hosts as network namespaces, joined by a bridge in a namespace of its own. The bridge is the mirror port: it
# shows each frame once. Offloads are off, or there would be super-frames and wrong checksums that no wire carries.

network_up() {
  ip netns add lab-switch
  switch ip link set lo up
  switch ip link add "$MIRROR" type bridge
  switch ip link set "$MIRROR" up
  switch sysctl -qw "net.ipv6.conf.$MIRROR.disable_ipv6=1"
  local host
  for host in "${HOSTS[@]}"; do
    plug_in "$host"
    configure_names "$host"
  done
  sed -i 's/nameserver .*/nameserver 10.77.0.20/' /etc/netns/lab-dc2/resolv.conf
  printf 'passwd: files winbind\ngroup: files winbind\nhosts: files dns\n' >/etc/netns/lab-fs/nsswitch.conf
}

plug_in() {
  local host=$1
  ip netns add "lab-$host"
  ip -n "lab-$host" link set lo up
  ip link add eth0 netns "lab-$host" type veth peer name "$host" netns lab-switch
  ip -n "lab-$host" addr add "$(ipv4 "$host")/24" dev eth0
  ip -n "lab-$host" addr add "$(ipv6 "$host")/64" dev eth0 nodad
  ip -n "lab-$host" link set eth0 address "02:77:00:00:00:${OCTET[$host]}"
  ip -n "lab-$host" link set eth0 up
  ip netns exec "lab-$host" ethtool -K eth0 tso off gso off gro off tx off rx off >/dev/null
  switch ethtool -K "$host" tso off gso off gro off >/dev/null
  switch sysctl -qw "net.ipv6.conf.$host.disable_ipv6=1"
  ip -n lab-switch link set "$host" master "$MIRROR" up
}

# The names that scenarios use beside each host's own: nospn, unreg and spnwrong have an address and no principal, or
# not the right one.
configure_names() {
  local host=$1 other
  mkdir -p "/etc/netns/lab-$host"
  printf 'search lab.test\nnameserver 10.77.0.10\noptions timeout:1 attempts:1\n' >"/etc/netns/lab-$host/resolv.conf"
  {
    echo '127.0.0.1 localhost'
    for other in "${HOSTS[@]}"; do
      echo "$(ipv4 "$other") ${FQDN[$other]} ${FQDN[$other]%%.*}"
    done
    echo '10.77.0.11 nospn.lab.test nospn spnwrong.lab.test'
    echo '10.77.0.11 telnet.lab.test'
    echo '10.77.0.12 wg.lab.test'
    echo '10.77.0.13 sql.lab.test unreg.lab.test rc4.lab.test'
  } >"/etc/netns/lab-$host/hosts"
  krb5_conf >"/etc/netns/lab-$host/krb5.conf"
}

# krb5_conf [LINE...]: the lines go into [libdefaults]. Heimdal refuses a realm written on one line.
krb5_conf() {
  cat <<END
[libdefaults]
 default_realm = LAB.TEST
 dns_lookup_realm = false
 dns_lookup_kdc = false
 rdns = false
 dns_canonicalize_hostname = false
$(printf ' %s\n' "$@")
[realms]
 LAB.TEST = {
  kdc = 10.77.0.10
  kpasswd_server = 10.77.0.10
 }
 EXT.TEST = {
  kdc = 10.77.0.20
 }
 MIT.TEST = {
  kdc = 10.77.0.30
 }
[domain_realm]
 .lab.test = LAB.TEST
 .ext.test = EXT.TEST
 .mit.test = MIT.TEST
END
}

# refuse_from_client HOST RULES COMMAND...: runs the command while nftables rules stand in HOST's way in; the rules see
# packets of the client only.
refuse_from_client() {
  local host=$1 rules=$2 rule
  shift 2
  {
    echo 'table inet refuse { chain in { type filter hook input priority 0;'
    while IFS= read -r rule; do
      echo "ip saddr $(ipv4 cl) $rule"
    done <<<"$rules"
    echo '}; }'
  } | ip netns exec "lab-$host" nft -f -
  while IFS= read -r rule; do echo "# nftables on $host, for packets of the client: $rule" >>"$COMMANDS"; done <<<"$rules"
  "$@"
  ip netns exec "lab-$host" nft delete table inet refuse
}
