# shellcheck shell=bash
# SMB2 and SMB3: signing, encryption, compounds, several channels, several sessions.
CLIENT='smbclient' SERVER='Samba smbd'

scenario 09-smb3-signing 'The client requires signing.' \
  smb "${FS[@]}" --client-protection=sign -c ls
scenario 09-smb3-encryption 'The client requires encryption: all after the session setup is sealed.' \
  smb "${FS[@]}" --client-protection=encrypt -c ls
scenario 09-smb3-encrypted-share-krb5 'Kerberos, and a share that requires encryption.' \
  smb //fs.lab.test/enc "${ALICE_UPN[@]}" -c ls
scenario 09-smb2-port-139 'SMB2 over NetBIOS.' \
  smb "${FS[@]}" -p 139 -c ls
scenario 09-smb2-signing-21 'SMB 2.1 with signing.' \
  smb "${FS[@]}" -m SMB2_10 --client-protection=sign -c ls
large_transfer() {
  head -c 150000 /dev/zero >"$WORK/file"
  smb "${FS[@]}" -c "put $WORK/file big; logon LAB/bob $PASSWORD"
}
scenario 09-smb3-large-transfer 'A file of 150 kilobytes is written after the logon, and then there is a second logon.' large_transfer

CLIENT='smbtorture'
torture() { client smbtorture -s "$RUN/cl/smb.conf" "$@"; }
scenario 09-smb2-compound 'Compounded requests after the logon.' \
  torture "${FS[@]}" smb2.compound.related1
scenario 09-smb2-two-sessions 'A new session on a second connection names the former one as previous, and the server ends that one.' \
  torture "${FS[@]}" smb2.session.reconnect1
scenario 09-smb3-session-bind 'Two connections with a session each; then each session is bound to the other connection, too.' \
  torture "${FS[@]}" smb2.session.bind1
scenario 09-smb3-multichannel 'A session over as many connections as the server allows, and over one more, which it refuses.' \
  torture "${FS[@]}" smb2.multichannel.generic.num_channels
scenario 09-smb3-reauthentication 'A session is authenticated twice more, with NTLM.' \
  torture "${FS[@]}" smb2.session.reauth1
scenario 09-smb3-reauthentication-anonymous 'A session is authenticated again as nobody, and back.' \
  torture "${FS[@]}" smb2.session.reauth2
scenario 09-smb3-reauthentication-krb5 'A session is authenticated twice more, with Kerberos.' \
  torture //fs.lab.test/data "${ALICE_UPN[@]}" --use-kerberos=required smb2.session.reauth1
