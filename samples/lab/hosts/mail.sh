# shellcheck shell=bash
# fs again: Dovecot for IMAP, POP3 and submission. Debian's Dovecot has no NTLM of its own, so winbind's helper does it.

mail_build() {
  local dir=$RUN/dovecot service
  mkdir -p "$dir/mail"
  chown nobody "$dir/mail"
  mail_conf >"$dir/dovecot.conf"
  printf '#!/bin/sh\nexec /usr/bin/ntlm_auth --configfile=%s "$@"\n' "$RUN/fs/smb.conf" >"$dir/ntlm_auth.sh"
  chmod 755 "$dir" "$dir/ntlm_auth.sh"
  echo "alice:$PASSWORD" >"$dir/users"
  for service in imap smtp pop; do
    admin spn add "$service/fs.lab.test" 'FS$'
    admin domain exportkeytab "$dir/mail.keytab" --principal="$service/fs.lab.test"
  done >>"$LOG/mail.log" 2>&1
  chmod 644 "$dir/mail.keytab"
}

mail_conf() {
  local dir=$RUN/dovecot
  cat <<END
base_dir = $dir/run
log_path = $dir/log
info_log_path = $dir/log
protocols = imap pop3 submission
listen = *
ssl = yes
ssl_cert = <$RUN/web/tls.crt
ssl_key = <$RUN/web/tls.key
disable_plaintext_auth = no
auth_mechanisms = plain ntlm gssapi gss-spnego
auth_use_winbind = yes
auth_winbind_helper_path = $dir/ntlm_auth.sh
service auth {
  user = root
}
auth_krb5_keytab = $dir/mail.keytab
auth_gssapi_hostname = "\$ALL"
auth_username_format = %Ln
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:$dir/mail/%n
submission_relay_host = 127.0.0.1
submission_relay_port = 25
hostname = mail.lab.test
passdb {
  driver = passwd-file
  args = scheme=PLAIN $dir/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$dir/mail/%n
}
END
}

mail_start() {
  daemon dovecot fs dovecot -F -c "$RUN/dovecot/dovecot.conf"
  wait_for_port fs 143
}
