# shellcheck shell=bash
# mit again: a proxy to the KDCs of LAB.TEST, in plain HTTP. TLS ends before it, at web, as behind a load balancer.

kdcproxy_build() {
  local dir=$RUN/kdcproxy
  mkdir -p "$dir"
  cat >"$dir/kdcproxy.conf" <<END
[LAB.TEST]
kerberos = kerberos+tcp://10.77.0.10:88
kpasswd = kpasswd+tcp://10.77.0.10:464
END
  cat >"$dir/stunnel.conf" <<END
foreground = yes
pid =
[kdcproxy]
accept = 8443
connect = 10.77.0.30:8080
cert = $RUN/web/tls.crt
key = $RUN/web/tls.key
END
}

kdcproxy_start() {
  local dir=$RUN/kdcproxy
  daemon kdcproxy mit env KDCPROXY_CONFIG="$dir/kdcproxy.conf" /usr/bin/python3 "$LAB/clients/kdc_proxy.py" 8080
  daemon stunnel web stunnel4 "$dir/stunnel.conf"
  wait_for_port mit 8080
  wait_for_port web 8443
}

# through_kdc_proxy COMMAND...: runs the command while the client knows no KDC but the proxy.
through_kdc_proxy() {
  local proxy=https://web.lab.test:8443/KdcProxy
  edit_krb5 "s#kdc = 10.77.0.10#kdc = $proxy\n  http_anchors = FILE:$RUN/web/tls.crt#; s#kpasswd_server = 10.77.0.10#kpasswd_server = $proxy#" "$@"
}
