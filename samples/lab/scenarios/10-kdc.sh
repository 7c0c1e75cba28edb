# shellcheck shell=bash
# Exchanges with the KDC alone.
CLIENT='MIT kinit and kvno' SERVER='Samba AD DC'
SERVICE=cifs/fs.lab.test

# with_krb5 "LINE" COMMAND...: with one more line in [libdefaults] of krb5.conf; lines are parted by ";".
with_krb5() {
  local lines
  IFS=';' read -ra lines <<<"$1"
  shift
  mv /etc/netns/lab-cl/krb5.conf "$RUN/cl/krb5.conf"
  krb5_conf "${lines[@]}" >/etc/netns/lab-cl/krb5.conf
  printf '# krb5.conf, [libdefaults]: %s\n' "${lines[@]}" >>"$COMMANDS"
  "$@"
  mv "$RUN/cl/krb5.conf" /etc/netns/lab-cl/krb5.conf
}

ticket_for() {
  kinit_with "$1"
  client kvno "$2"
}

scenario 10-as-and-tgs-udp 'A ticket-granting ticket (refused without pre-authentication, then given) and a service ticket, over UDP as far as the answers fit.' \
  ticket_for alice "$SERVICE"
scenario 10-as-and-tgs-tcp 'The same over TCP from the start.' \
  with_krb5 'udp_preference_limit = 1' ticket_for alice "$SERVICE"
