# shellcheck shell=bash
# fs: a file server that is a member of LAB.TEST. wg: one that stands alone, with the local account carol.

files_build() {
  local host
  for host in fs wg; do
    mkdir -p "$RUN/$host"/{private,lock,state,cache,pid,ncalrpc,winbindd,share}
    chmod 777 "$RUN/$host/share"
    echo hello >"$RUN/$host/share/hello.txt"
    "${host}_conf" >"$RUN/$host/smb.conf"
  done
  on fs net ads join -U "Administrator%$PASSWORD" -s "$RUN/fs/smb.conf" --no-dns-updates
  # A local account needs a Unix user; games is on every Debian, so that no new one is made.
  printf 'games = carol\n' >"$RUN/wg/users.map"
  printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | on fs smbpasswd -c "$RUN/fs/smb.conf" -s -a games
  printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | on wg smbpasswd -c "$RUN/wg/smb.conf" -s -a games
} >>"$LOG/files.log" 2>&1

files_conf() {
  local dir=$RUN/$1
  cat <<END
[global]
	netbios name = ${1^^}
	private dir = $dir/private
	lock directory = $dir/lock
	state directory = $dir/state
	cache directory = $dir/cache
	interfaces = lo eth0
	bind interfaces only = yes
	server min protocol = CORE
	ntlm auth = ntlmv1-permitted
	log level = 1
	load printers = no
	printcap name = /dev/null
	disable spoolss = yes
END
}

shares_conf() {
  cat <<END
[data]
	path = $RUN/$1/share
	read only = no
	guest ok = yes
[enc]
	path = $RUN/$1/share
	smb encrypt = required
END
}

fs_conf() {
  files_conf fs
  cat <<END
	server role = member server
	workgroup = LAB
	realm = LAB.TEST
	security = ads
	kerberos method = secrets and keytab
	dedicated keytab file = $RUN/fs/fs.keytab
	idmap config * : backend = tdb
	idmap config * : range = 100000-199999
	idmap config LAB : backend = rid
	idmap config LAB : range = 200000-299999
	winbind use default domain = no
	template shell = /bin/false
	map to guest = never
	server multi channel support = yes
END
  shares_conf fs
}

wg_conf() {
  files_conf wg
  cat <<END
	server role = standalone server
	workgroup = WORKGROUP
	security = user
	map to guest = bad user
	guest account = nobody
	passdb backend = tdbsam:$RUN/wg/private/passdb.tdb
	lanman auth = yes
	username map = $RUN/wg/users.map
	${WG_SETTING:-}
END
  shares_conf wg
}

files_start() {
  daemon winbindd-fs fs winbindd -s "$RUN/fs/smb.conf" -F --no-process-group --debug-stdout
  sleep 1
  local host
  for host in fs wg; do
    daemon "smbd-$host" "$host" smbd -s "$RUN/$host/smb.conf" -F --no-process-group --debug-stdout
    wait_for_port "$host" 445
  done
}

# with_wg SETTING COMMAND...: runs the command while the workgroup server has this parameter of its own; the last
# line for a parameter wins.
with_wg() {
  WG_SETTING=$1 wg_conf >"$RUN/wg/smb.conf"
  echo "# smb.conf of wg: $1" >>"$COMMANDS"
  shift
  reload_wg
  "$@"
  wg_conf >"$RUN/wg/smb.conf"
  reload_wg
}

reload_wg() {
  on wg smbcontrol -s "$RUN/wg/smb.conf" smbd reload-config
  sleep 0.5
}
