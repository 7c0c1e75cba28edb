# shellcheck shell=bash
# The same logons in other packets: IPv6, tiny segments, fragments, other link types and file formats.
CLIENT='smbclient' SERVER='Samba smbd'

scenario 16-ipv6-smb-krb5 'Kerberos over IPv6, at the KDC as well.' \
  edit_krb5 's/kdc = 10.77.0.10/kdc = [fd77::10]/' smb //fs.lab.test/data -I fd77::11 "${ALICE_UPN[@]}" -c ls
scenario 16-ipv6-smb-ntlm 'NTLM over IPv6, by address.' \
  smb //fd77::11/data -I fd77::11 "${ALICE[@]}" -c ls

# Both directions: the SYN and the SYN/ACK are clamped.
with_tiny_segments() {
  ip netns exec lab-cl nft -f - <<'END'
table inet tiny {
  chain out { type filter hook output priority 0; tcp flags syn tcp option maxseg size set 88; }
  chain in { type filter hook input priority 0; tcp flags syn tcp option maxseg size set 88; }
}
END
  echo '# nftables: tcp option maxseg size set 88, both directions' >>"$COMMANDS"
  "$@"
  ip netns exec lab-cl nft delete table inet tiny
}
scenario 16-mss88-smb-ntlm 'NTLM in segments of 88 bytes.' with_tiny_segments smb "${FS[@]}" -c ls
scenario 16-mss88-smb-krb5 'Kerberos in segments of 88 bytes.' \
  with_tiny_segments smb //fs.lab.test/data "${ALICE_UPN[@]}" -c ls
CLIENT='pyspnego' SERVER='Apache httpd, mod_auth_gssapi, gss-ntlmssp'
SHIM='the HTTP requests are clients/http_auth.py; the tokens are those of pyspnego'
scenario 16-mss88-http-ntlm 'The NTLM scheme of HTTP in segments of 88 bytes.' \
  with_tiny_segments "${HTTP_AUTH[@]}" http://web.lab.test/ntlm/ 'LAB\alice' "$PASSWORD" NTLM ntlm
SHIM=''

# A small MTU at the senders: UDP datagrams leave in fragments.
with_fragments() {
  local host
  for host in mit web cl; do
    ip -n "lab-$host" link set eth0 mtu 576
    ip netns exec "lab-$host" sysctl -qw net.ipv4.ip_no_pmtu_disc=1
  done
  echo '# MTU 576 on client, web and mit' >>"$COMMANDS"
  "$@"
  for host in mit web cl; do ip -n "lab-$host" link set eth0 mtu 1500; done
}
CLIENT='MIT kinit and kvno' SERVER='MIT krb5kdc'
scenario 16-fragments-kdc-udp 'Requests and answers of the KDC in fragments.' \
  with_fragments client_tickets mallory@MIT.TEST host/kdc.mit.test@MIT.TEST
CLIENT='eapol_test' SERVER='FreeRADIUS'
FILTER='udp port 1812 or (ip[6:2] & 0x3fff != 0 and udp) or (ip[6:2] & 0x1fff != 0)' \
  scenario 16-fragments-radius-peap 'PEAP in RADIUS; the datagram with the certificate comes in fragments.' with_fragments eap peap

# formatted NAME WORDS FILE TAP...: NTLM at the file server, captured on the client by the given program.
CLIENT='smbclient' SERVER='Samba smbd'
formatted() {
  local name=$1 words=$2 file=$3
  shift 3
  begin "$name" || return 0
  tap cl "$@" -w "$WORK/$file"
  echo "# captured on the client: $*" >>"$COMMANDS"
  smb "${FS[@]}" -c ls >"$WORK/output" 2>&1
  untap
  [[ $file != *.pcapng ]] || "$LAB/forget-machine" "$WORK/$file"
  keep "$name" "$words" "$file"
}
DUMP=(tcpdump --immediate-mode -U -Z root)
formatted 16-sll2 'The interface "any", Linux cooked version 2.' capture.pcap "${DUMP[@]}" -i any
formatted 16-sll1 'The interface "any", Linux cooked version 1.' capture.pcap "${DUMP[@]}" -i any -y LINUX_SLL
formatted 16-nanoseconds 'Timestamps in nanoseconds.' capture.pcap "${DUMP[@]}" -i eth0 --time-stamp-precision=nano
formatted 16-snaplen-128 'Packets cut off after 128 bytes: the logon is there, what it says is not.' capture.pcap "${DUMP[@]}" -i eth0 -s 128
formatted 16-snaplen-400 'Packets cut off after 400 bytes.' capture.pcap "${DUMP[@]}" -i eth0 -s 400
formatted 16-pcapng-two-interfaces 'pcapng with two interfaces.' capture.pcapng dumpcap -q -i eth0 -i lo

# A mirror port that shows one direction only.
FILTER='src host 10.77.0.11 and tcp port 445' scenario 16-one-way 'NTLM, and only what the server sends is seen.' \
  smb "${FS[@]}" -c ls
