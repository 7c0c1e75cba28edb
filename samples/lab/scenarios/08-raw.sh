# shellcheck shell=bash
# NTLMSSP and Kerberos without SPNEGO in SMB2.
CLIENT='smbprotocol, pyspnego' SERVER='Samba smbd'
SMB_SESSION=(python "$LAB/clients/smb_session.py")

scenario 08-smb2-raw-ntlmssp 'The client sends bare NTLMSSP messages in the session setup, without SPNEGO around them.' \
  "${SMB_SESSION[@]}" fs.lab.test 'LAB\alice' "$PASSWORD" ntlm
scenario 08-smb2-raw-ntlmssp-wrong-password 'Bare NTLMSSP messages in the session setup, without SPNEGO around them, and a wrong password.' \
  "${SMB_SESSION[@]}" fs.lab.test 'LAB\bob' wrong ntlm
scenario 08-smb2-raw-kerberos 'The client sends a bare Kerberos token in the session setup, without SPNEGO around it.' \
  "${SMB_SESSION[@]}" fs.lab.test alice@LAB.TEST "$PASSWORD" kerberos
scenario 08-smb2-pyspnego-kerberos 'SPNEGO by pyspnego, with Kerberos.' \
  "${SMB_SESSION[@]}" fs.lab.test alice@LAB.TEST "$PASSWORD" negotiate
scenario 08-smb2-pyspnego-spn-unknown 'SPNEGO by pyspnego at an alias without service principal.' \
  "${SMB_SESSION[@]}" nospn.lab.test alice@LAB.TEST "$PASSWORD" negotiate
