# shellcheck shell=bash
# Versions and flags of NTLM, by the options of Samba's own NTLMSSP client. It is told not to use Kerberos, so that the
# reason is the same everywhere: the client offers nothing else.
CLIENT='smbclient' SERVER='Samba smbd'
NO_ESS=(--option=ntlmssp_client:ntlm2=no)

scenario 07-ntlmv1-ess 'NTLMv1 with extended session security: the LM field carries the client challenge.' \
  smb "${FS[@]}" "${V1[@]}" -c ls
scenario 07-ntlmv1 'NTLMv1 without extended session security; the LM field repeats the NT response.' \
  smb "${FS[@]}" "${V1[@]}" "${NO_ESS[@]}" -c ls
scenario 07-ntlmv1-lm 'NTLMv1 with a real LM response beside it.' \
  smb "${WG[@]}" "${V1[@]}" "${NO_ESS[@]}" "${LM[@]}" -m NT1 -c ls
scenario 07-ntlmv1-lm-key 'NTLMv1 with a real LM response, and both sides ask for the LM session key; the server then refuses the logon.' \
  with_wg 'ntlmssp_server:allow_lm_key = yes' smb "${WG[@]}" "${V1[@]}" "${NO_ESS[@]}" "${LM[@]}" \
  --option=ntlmssp_client:allow_lm_key=yes --option=ntlmssp_client:lm_key=yes -m NT1 -c ls
scenario 07-ntlmv1-ess-smb1 'NTLMv1 with extended session security over SMB1.' \
  smb "${WG[@]}" "${V1[@]}" -m NT1 -c ls
scenario 07-ntlmv2 'NTLMv2 as Samba sends it: target name, MIC, key exchange.' \
  smb "${FS[@]}" -c ls
scenario 07-ntlmv2-oem 'NTLMv2 with names in the OEM character set.' \
  smb "${FS[@]}" --option=ntlmssp_client:unicode=no -c ls
scenario 07-ntlmv2-no-key-exchange 'NTLMv2 without key exchange.' \
  smb "${FS[@]}" --option=ntlmssp_client:keyexchange=no -c ls
scenario 07-ntlmv2-56-bit 'NTLMv2 without 128-bit keys: 56 bits.' \
  smb "${FS[@]}" --option=ntlmssp_client:128bit=no --option=ntlmssp_client:56bit=yes -c ls
scenario 07-ntlmv2-40-bit 'NTLMv2 without 128-bit and 56-bit keys: 40 bits.' \
  smb "${FS[@]}" --option=ntlmssp_client:128bit=no -c ls
scenario 07-ntlmv2-other-target-name 'The target name inside the response is not the name of the server.' \
  smb "${FS[@]}" --option=gensec:target_hostname=other.lab.test -c ls
scenario 07-ntlmv2-upn 'The user is named as user@realm, and the domain field is empty.' \
  smb //fs.lab.test/data "${ALICE_UPN[@]}" "${NO_KERBEROS[@]}" -c ls
scenario 07-ntlmv2-unicode-user 'A user whose name is not ASCII.' \
  smb //fs.lab.test/data -U "LAB/zoë%$PASSWORD" "${NO_KERBEROS[@]}" -c ls
scenario 07-ntlmv2-oem-user 'A user whose name is not ASCII, in the OEM character set.' \
  smb //fs.lab.test/data -U "LAB/zoë%$PASSWORD" "${NO_KERBEROS[@]}" --option=ntlmssp_client:unicode=no -c ls
scenario 07-anonymous 'A null session on the IPC$ share: the AUTHENTICATE message has no user and no NT response.' \
  smb '//fs.lab.test/IPC$' -N -U% -c help
scenario 07-anonymous-workgroup 'A null session at a server that stands alone.' \
  smb //wg.lab.test/data -N -U% -c ls
scenario 07-anonymous-smb1 'A null session over SMB1 with extended security.' \
  smb '//wg.lab.test/IPC$' -N -U% -m NT1 -c help
scenario 07-anonymous-no-spnego 'A null session over SMB1 without extended security.' \
  smb '//wg.lab.test/IPC$' -N -U% -m NT1 --option='client use spnego=no' -c help

scenario 07-ntlm-blocked 'The server refuses every kind of NTLM.' \
  with_wg 'ntlm auth = disabled' smb "${WG[@]}" -c ls
scenario 07-ntlmv1-refused 'The server refuses NTLMv1; the client sends it with extended session security.' \
  with_wg 'ntlm auth = ntlmv2-only' smb "${WG[@]}" "${V1[@]}" -c ls
CLIENT='impacket'
scenario 07-ntlmv2-impacket 'NTLMv2 by impacket: an LMv2 response beside it, no MIC, no version, its own set of flags.' \
  python "$VENV/bin/smbclient.py" -inputfile /dev/null "LAB/alice:$PASSWORD@fs.lab.test"
