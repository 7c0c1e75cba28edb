# shellcheck shell=bash
# fs once more: telnetd of GNU inetutils, which takes Kerberos 5 by the AUTHENTICATION option. It has room for 512 bytes, hence an
# account whose tickets have no PAC (NO_AUTH_DATA_REQUIRED) and short keys (AES with 128 bits). It looks for its key where
# krb5.conf says, whatever its environment says. On port 2323 is clients/telnet_ntlm.py, since NTLM is in Windows' telnet alone.

telnet_build() {
  local server="stream tcp nowait root /usr/bin/env env LD_PRELOAD=$RUN/telnet_without_des.so /usr/sbin/telnetd -a valid -h -S"
  gcc -shared -fPIC -o "$RUN/telnet_without_des.so" "$LAB/clients/telnet_without_des.c" -lkrb5 -ldl
  admin user create svctelnet "$PASSWORD"
  admin spn add host/telnet.lab.test svctelnet
  set_attribute svctelnet msDS-SupportedEncryptionTypes 8
  set_attribute svctelnet userAccountControl 33554944
  admin domain exportkeytab "$RUN/telnet.keytab" --principal=host/telnet.lab.test
  echo "23 $server host/telnet.lab.test" >"$RUN/inetd.conf"
} >>"$LOG/telnet.log" 2>&1

telnet_start() {
  krb5_conf "default_keytab_name = FILE:$RUN/telnet.keytab" >/etc/netns/lab-fs/krb5.conf
  daemon inetd fs inetutils-inetd -d "$RUN/inetd.conf"
  daemon telnet-ntlm fs env NTLM_USER_FILE="$RUN/ntlm_users" "$VENV/bin/python" "$LAB/clients/telnet_ntlm.py" 2323
  wait_for_port fs 23
  wait_for_port fs 2323
}
