# shellcheck shell=bash
# SMB1, with and without extended security.
CLIENT='smbclient' SERVER='Samba smbd'
NO_SPNEGO=(-m NT1 --option='client use spnego=no')

scenario 09-smb1-spnego-ntlmv2 'SMB1 with extended security: NTLMv2 inside SPNEGO.' \
  smb "${FS[@]}" -m NT1 -c ls
scenario 09-smb1-spnego-krb5 'SMB1 with extended security: Kerberos inside SPNEGO.' \
  smb //fs.lab.test/data "${ALICE_UPN[@]}" -m NT1 -c ls
scenario 09-smb1-ntlmv1 'SMB1 without extended security: the NTLMv1 response stands in the session setup itself, and there is no NTLMSSP.' \
  smb "${WG[@]}" "${V1[@]}" "${NO_SPNEGO[@]}" -c ls
scenario 09-smb1-ntlmv1-lm 'SMB1 without extended security: an NTLMv1 response with a real LM response beside it.' \
  smb "${WG[@]}" "${V1[@]}" "${NO_SPNEGO[@]}" "${LM[@]}" -c ls
scenario 09-smb1-ntlmv2 'SMB1 without extended security: an NTLMv2 response, and an LM response of zeros.' \
  with_wg 'raw NTLMv2 auth = yes' smb "${WG[@]}" "${NO_SPNEGO[@]}" -c ls
scenario 09-smb1-ntlmv2-refused 'NTLMv2 without extended security, and the server refuses it.' \
  smb "${WG[@]}" "${NO_SPNEGO[@]}" -c ls
scenario 09-smb1-wrong-password 'SMB1 without extended security and a wrong password.' \
  smb //wg.lab.test/data -U carol%wrong "${NO_KERBEROS[@]}" "${V1[@]}" "${NO_SPNEGO[@]}" -c ls
scenario 09-smb1-guest 'SMB1 without extended security, and a name that the server lets in as a guest.' \
  smb //wg.lab.test/data -U nobodyknown%x "${NO_KERBEROS[@]}" "${V1[@]}" "${NO_SPNEGO[@]}" -c ls
scenario 09-smb1-lanman 'The LANMAN2.1 dialect: an LM response and nothing else, which the server refuses with an error code of DOS.' \
  smb "${WG[@]}" "${V1[@]}" "${LM[@]}" -m LANMAN2 --option='client min protocol=CORE' --option='client use spnego=no' -c ls
scenario 09-smb1-plaintext 'The server asks for the password itself, gets it in clear and refuses the logon.' \
  with_wg 'encrypt passwords = no' smb "${WG[@]}" "${NO_SPNEGO[@]}" "${V1[@]}" "${LM[@]}" --option='client plaintext auth=yes' -c ls
scenario 09-smb1-port-139 'SMB1 over NetBIOS: a session request comes first.' \
  smb "${FS[@]}" -m NT1 -p 139 -c ls
scenario 09-smb1-signing 'SMB1 with signing required.' \
  smb "${FS[@]}" -m NT1 --client-protection=sign -c ls
