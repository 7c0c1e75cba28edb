# shellcheck shell=bash
# web: Apache with mod_auth_gssapi, which takes Kerberos by a keytab and NTLM by gss-ntlmssp's file of users.
# The keytab comes by KRB5_KTNAME: with GssapiCredStore the module crashes as soon as NTLM is allowed.

web_build() {
  local dir=$RUN/web path
  mkdir -p "$dir"/{run,log,www}
  for path in neg krb ntlm; do
    mkdir -p "$dir/www/$path"
    echo secret >"$dir/www/$path/index.html"
  done
  echo hello >"$dir/www/index.html"
  echo '<s/>' >"$dir/www/wsman"
  printf 'LAB:alice:%s\nLAB:bob:%s\n' "$PASSWORD" "$PASSWORD" >"$RUN/ntlm_users"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/tls.key" -out "$dir/tls.crt" -days 3650 \
    -subj /CN=web.lab.test -addext subjectAltName=DNS:web.lab.test 2>/dev/null
  web_conf >"$dir/httpd.conf"
}

web_conf() {
  local module dir=$RUN/web
  cat <<END
ServerRoot $dir
ServerName web.lab.test
PidFile $dir/run/httpd.pid
DefaultRuntimeDir $dir/run
Mutex file:$dir/run
ErrorLog $dir/log/error.log
LogLevel info
Listen 80
Listen 5985
Listen 443
User www-data
Group www-data
TypesConfig /etc/mime.types
KeepAlive On
KeepAliveTimeout 20
DocumentRoot $dir/www
END
  for module in mpm_prefork authn_core authz_core authz_user auth_basic auth_gssapi dir mime ssl socache_shmcb; do
    echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
  done
  printf '<Directory %s/www>\n Require all granted\n</Directory>\n' "$dir"
  protected /neg krb5 ntlmssp
  protected /krb krb5
  protected /ntlm ntlmssp
  protected /wsman krb5 ntlmssp
  cat <<END
<VirtualHost *:443>
 SSLEngine on
 SSLCertificateFile $dir/tls.crt
 SSLCertificateKeyFile $dir/tls.key
</VirtualHost>
END
}

# protected PATH MECHANISM...
protected() {
  printf '<Location %s>\n AuthType GSSAPI\n AuthName lab\n GssapiConnectionBound On\n Require valid-user\n' "$1"
  shift
  printf ' GssapiAllowedMech %s\n' "$@"
  echo '</Location>'
}

web_start() {
  daemon httpd web env KRB5_KTNAME="$RUN/web.keytab" NTLM_USER_FILE="$RUN/ntlm_users" \
    /usr/sbin/apache2 -f "$RUN/web/httpd.conf" -DFOREGROUND
  wait_for_port web 80
}
