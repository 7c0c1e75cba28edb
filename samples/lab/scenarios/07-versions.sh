# shellcheck shell=bash
# Versions and flags of NTLM, by the options of Samba's own NTLMSSP client. It is told not to use Kerberos, so that the
# reason is the same everywhere: the client offers nothing else.
CLIENT='smbclient' SERVER='Samba smbd'
V1=(--option='client ntlmv2 auth=no')
FS=(//fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}")
WG=(//wg.lab.test/data "${CAROL[@]}" "${NO_KERBEROS[@]}")

scenario 07-ntlmv1-ess 'NTLMv1 with extended session security: the LM field carries the client challenge.' \
  smb "${FS[@]}" "${V1[@]}" -c ls
scenario 07-ntlmv1 'NTLMv1 without extended session security.' \
  smb "${FS[@]}" "${V1[@]}" --option=ntlmssp_client:ntlm2=no -c ls

scenario 07-anonymous 'A null session on the IPC$ share: the AUTHENTICATE message has no user and no NT response.' \
  smb '//fs.lab.test/IPC$' -N -U% -c help
scenario 07-anonymous-workgroup 'A null session at a server that stands alone.' \
  smb //wg.lab.test/data -N -U% -c ls
