# shellcheck shell=bash
# fs again: Squid with Samba's ntlm_auth helpers, for Negotiate and for NTLM.

proxy_build() {
  local dir=$RUN/squid
  mkdir -p "$dir"/{log,cache}
  proxy_conf >"$dir/squid.conf"
  chown -R proxy:proxy "$dir"
  # The helpers run as Squid's user: its group must reach winbindd's privileged pipe, the machine's secret and keytab.
  chgrp winbindd_priv "$RUN"/fs/{private,state,state/winbindd_privileged,private/secrets.tdb}
  chmod 750 "$RUN"/fs/{private,state,state/winbindd_privileged}
  chmod 660 "$RUN/fs/private/secrets.tdb"
}

proxy_conf() {
  local helper="/usr/bin/ntlm_auth --configfile=$RUN/fs/smb.conf" dir=$RUN/squid
  cat <<END
http_port 3128
pid_filename $dir/squid.pid
access_log stdio:$dir/log/access.log
cache_log $dir/log/cache.log
cache deny all
coredump_dir $dir
cache_effective_user proxy
cache_effective_group winbindd_priv
shutdown_lifetime 0 seconds
visible_hostname fs.lab.test
auth_param negotiate program $helper --helper-protocol=gss-spnego
auth_param negotiate children 2 startup=1
auth_param ntlm program $helper --helper-protocol=squid-2.5-ntlmssp
auth_param ntlm children 2 startup=1
acl auth proxy_auth REQUIRED
http_access allow auth
http_access deny all
END
}

proxy_start() {
  daemon squid fs squid -N -f "$RUN/squid/squid.conf"
  wait_for_port fs 3128
}
