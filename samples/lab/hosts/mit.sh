# shellcheck shell=bash
# mit: the KDC of MIT.TEST, and acceptors of GSS-API's own sample protocol beside it.

mit_env() {
  on mit env KRB5_KDC_PROFILE="$RUN/mit/kdc.conf" KRB5_CONFIG="$RUN/mit/krb5.conf" KRB5_KTNAME="$RUN/mit/mit.keytab" "$@"
}

mit_build() {
  local dir=$RUN/mit query
  mkdir -p "$dir/db"
  cat >"$dir/kdc.conf" <<END
[kdcdefaults]
 kdc_ports = 88
 kdc_tcp_ports = 88
[realms]
 MIT.TEST = {
  database_name = $dir/db/principal
  key_stash_file = $dir/db/stash
  acl_file = $dir/db/acl
  max_life = 10h
 }
END
  sed 's/default_realm = .*/default_realm = MIT.TEST/' /etc/netns/lab-mit/krb5.conf >"$dir/krb5.conf"
  mit_env kdb5_util -P master create -s -r MIT.TEST
  for query in "addprinc -pw $PASSWORD +requires_preauth mallory" "addprinc -pw $PASSWORD trudy" \
    'addprinc -randkey host/kdc.mit.test' "ktadd -k $dir/mit.keytab host/kdc.mit.test"; do
    mit_env kadmin.local -r MIT.TEST -q "$query"
  done
} >>"$LOG/mit.log" 2>&1

# MIT's gss-server takes credentials for the default mechanisms only, and IAKERB is not one of them: hence a second one.
mit_start() {
  local dir=$RUN/mit
  local environment=(env KRB5_KDC_PROFILE="$dir/kdc.conf" KRB5_CONFIG="$dir/krb5.conf" KRB5_KTNAME="$dir/mit.keytab")
  daemon krb5kdc mit "${environment[@]}" krb5kdc -n -r MIT.TEST
  daemon gss-server mit "${environment[@]}" gss-server -port 4444 -verbose host@kdc.mit.test
  daemon iakerb mit "${environment[@]}" "$VENV/bin/python" "$LAB/clients/iakerb_server.py" 4445
  wait_for_port mit 88
  wait_for_port mit 4445
}
