# shellcheck shell=bash
# dc and dc2: Samba AD domain controllers of LAB.TEST and EXT.TEST, each in a folder of its own.

dc_build() {
  provision dc LAB.TEST LAB 10.77.0.20 &
  provision dc2 EXT.TEST EXT 10.77.0.10 &
  wait %provision\ dc\ LAB.TEST 2>/dev/null
  wait
}

provision() {
  local host=$1 realm=$2 domain=$3 forwarder=$4 dir=$RUN/$1
  mkdir -p "$dir"
  on "$host" samba-tool domain provision --realm="$realm" --domain="$domain" --server-role=dc \
    --dns-backend=SAMBA_INTERNAL --adminpass="$PASSWORD" --host-name="${FQDN[$host]%%.*}" --host-ip="$(ipv4 "$host")" \
    --targetdir="$dir" --option='interfaces=lo eth0' >"$LOG/provision-$host.log" 2>&1
  mkdir -p "$dir"/{pid,ncalrpc,winbindd,ntp,lock,share}
  chmod 755 "$dir/winbindd"
  chmod 750 "$dir/ntp" # With another mode samba exits and says nothing.
  chmod 777 "$dir/share"
  echo hello >"$dir/share/hello.txt"
  dc_conf "$host" "$realm" "$domain" "$forwarder" >"$dir/etc/smb.conf"
}

# Old variants are permitted here so that they can be recorded.
dc_conf() {
  local host=$1 realm=$2 domain=$3 forwarder=$4 dir=$RUN/$1
  local name=${FQDN[$host]%%.*}
  cat <<END
[global]
	netbios name = ${name^^}
	realm = $realm
	workgroup = $domain
	server role = active directory domain controller
	private dir = $dir/private
	cache directory = $dir/cache
	state directory = $dir/state
	binddns dir = $dir/bind-dns
	lock directory = $dir
	log file = $dir/log.samba
	log level = 1
	ntp signd socket directory = $dir/ntp
	interfaces = lo eth0
	bind interfaces only = yes
	dns forwarder = $forwarder
	ntlm auth = ntlmv1-permitted
	lanman auth = yes
	allow dcerpc auth level connect:samr = yes
	server min protocol = NT1
	ldap server require strong auth = no
	client ldap sasl wrapping = plain
	allow nt4 crypto = yes
	tls verify peer = no_check
	rpc server dynamic port range = 49152-49200
[sysvol]
	path = $dir/state/sysvol
	read only = no
[netlogon]
	path = $dir/state/sysvol/${realm,,}/scripts
	read only = no
[data]
	path = $dir/share
	read only = no
[enc]
	path = $dir/share
	smb encrypt = required
END
}

dc_start() {
  local host port
  for host in dc dc2; do
    daemon "samba-$host" "$host" samba -s "$RUN/$host/etc/smb.conf" -F --no-process-group --debug-stdout
  done
  for host in dc dc2; do
    for port in 445 88 389 135; do wait_for_port "$host" "$port"; done
  done
}

# admin COMMAND...: samba-tool on the domain controller of LAB.TEST.
admin() { on dc samba-tool "$@" -s "$RUN/dc/etc/smb.conf"; }

trust_up() {
  once trust on dc samba-tool domain trust create EXT.TEST --type=forest --direction=both --create-location=both \
    -U "Administrator@EXT.TEST%$PASSWORD" -s "$RUN/dc/etc/smb.conf" >>"$LOG/trust.log" 2>&1
}

trust_down() {
  [ -e "$RUN/done/trust" ] || return 0
  on dc samba-tool domain trust delete EXT.TEST --delete-location=both \
    -U "Administrator@EXT.TEST%$PASSWORD" -s "$RUN/dc/etc/smb.conf" >>"$LOG/trust.log" 2>&1
  rm -f "$RUN/done/trust"
}
