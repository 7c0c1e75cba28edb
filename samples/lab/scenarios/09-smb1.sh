# shellcheck shell=bash
# SMB1, with and without extended security.
CLIENT='smbclient' SERVER='Samba smbd'

scenario 09-smb1-spnego-ntlmv2 'SMB1 with extended security: NTLMv2 inside SPNEGO.' \
  smb //fs.lab.test/data "${ALICE[@]}" "${NO_KERBEROS[@]}" -m NT1 -c ls
scenario 09-smb1-ntlmv1 'SMB1 without extended security: the NTLMv1 response stands in the session setup itself, and there is no NTLMSSP.' \
  smb //wg.lab.test/data "${CAROL[@]}" "${NO_KERBEROS[@]}" -m NT1 "${V1[@]}" --option='client use spnego=no' -c ls
