# shellcheck shell=bash
# Two FreeRADIUS servers. The one on web ends PEAP and TTLS; it passes the inner logon on to the one on mit, so that
# MS-CHAPv2 also crosses the wire in plain RADIUS.

radius_build() {
  local dir=$RUN/radius raddb=$RUN/radius/raddb
  mkdir -p "$dir"/{log,run,cache}
  cp -rL /etc/freeradius/3.0 "$raddb"
  sed -i "s#^logdir = .*#logdir = $dir/log#; s#^run_dir = .*#run_dir = $dir/run#; s#^raddbdir = .*#raddbdir = $raddb#
    s#^db_dir = .*#db_dir = $dir/cache#; s#^radacctdir = .*#radacctdir = $dir/log#
    s#^\tuser = .*#\tuser = root#; s#^\tgroup = .*#\tgroup = root#; s#auth = no#auth = yes#" "$raddb/radiusd.conf"
  printf 'client lab {\n ipaddr = 10.77.0.0/24\n secret = testing123\n}\n' >"$raddb/clients.conf"
  printf 'alice Cleartext-Password := "%s"\n' "$PASSWORD" >"$raddb/mods-config/files/authorize"
  cp "$RUN"/web/tls.{key,crt} "$dir/"
  sed -i "s#private_key_file = .*#private_key_file = $dir/tls.key#; s#certificate_file = .*#certificate_file = $dir/tls.crt#
    s#ca_file = .*#ca_file = $dir/tls.crt#; s#private_key_password = .*#private_key_password = x#
    s#^\t\tdh_file.*##" "$raddb/mods-enabled/eap"
  home_server
  forward_inner
  supplicants
}

# The home server is a copy from before the forwarding is set up.
home_server() {
  local dir=$RUN/radius home=$RUN/radius-home
  mkdir -p "$home"/{log,run,cache}
  cp -r "$dir/raddb" "$home/raddb"
  sed -i "s#$dir/#$home/#" "$home/raddb/radiusd.conf"
}

forward_inner() {
  local raddb=$RUN/radius/raddb
  cat >>"$raddb/proxy.conf" <<'END'
home_server h {
 type = auth
 ipaddr = 10.77.0.30
 port = 1812
 secret = testing123
}
home_server_pool p {
 home_server = h
}
realm home {
 auth_pool = p
 nostrip
}
END
  sed -i 's#&Proxy-To-Realm := LOCAL#\&Proxy-To-Realm := "home"#' "$raddb/sites-enabled/inner-tunnel"
  sed -i 's#^\(\s*\)\#\s*proxy_tunneled_request_as_eap = yes#\1proxy_tunneled_request_as_eap = no#' \
    "$raddb/mods-enabled/eap"
}

# supplicant NAME USER PASSWORD LINE...: a configuration of eapol_test.
supplicants() {
  supplicant peap alice "$PASSWORD" key_mgmt=WPA-EAP eap=PEAP 'anonymous_identity="anon"' 'phase2="autheap=MSCHAPV2"'
  supplicant peap-wrong alice wrong key_mgmt=WPA-EAP eap=PEAP 'anonymous_identity="anon"' 'phase2="autheap=MSCHAPV2"'
  supplicant ttls alice "$PASSWORD" key_mgmt=WPA-EAP eap=TTLS 'anonymous_identity="anon"' 'phase2="auth=MSCHAPV2"'
  supplicant ttls-pap alice "$PASSWORD" key_mgmt=WPA-EAP eap=TTLS 'anonymous_identity="anon"' 'phase2="auth=PAP"'
  supplicant eap-mschapv2 alice "$PASSWORD" key_mgmt=IEEE8021X eap=MSCHAPV2
  supplicant eap-mschapv2-wrong alice wrong key_mgmt=IEEE8021X eap=MSCHAPV2
}

supplicant() {
  local name=$1 user=$2 password=$3
  shift 3
  {
    printf 'network={\n ssid="x"\n identity="%s"\n password="%s"\n' "$user" "$password"
    printf ' %s\n' "$@"
    echo '}'
  } >"$RUN/radius/$name.conf"
}

radius_start() {
  daemon radiusd-home mit freeradius -f -l stdout -xx -d "$RUN/radius-home/raddb"
  daemon radiusd web freeradius -f -l stdout -xx -d "$RUN/radius/raddb"
  sleep 2
}
