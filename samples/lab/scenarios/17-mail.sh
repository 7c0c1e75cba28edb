# shellcheck shell=bash
# Mail: IMAP, POP3 and submission with NTLM and Kerberos in SASL.
CLIENT='curl' SERVER='Dovecot, Samba winbindd'
mail() { client curl -sS --max-time 10 "$@"; }
NTLM_LOGIN=(--login-options AUTH=NTLM -u "LAB\\alice:$PASSWORD")

scenario 17-imap-ntlm 'IMAP: AUTHENTICATE NTLM.' mail "${NTLM_LOGIN[@]}" imap://fs.lab.test/
scenario 17-imap-ntlm-wrong-password 'IMAP: AUTHENTICATE NTLM with a wrong password.' \
  mail --login-options AUTH=NTLM -u 'LAB\bob:wrong' imap://fs.lab.test/
scenario 17-pop3-ntlm 'POP3: AUTH NTLM.' mail "${NTLM_LOGIN[@]}" pop3://fs.lab.test/
scenario 17-pop3-ntlm-wrong-password 'POP3: AUTH NTLM with a wrong password.' \
  mail --login-options AUTH=NTLM -u 'LAB\bob:wrong' pop3://fs.lab.test/
scenario 17-smtp-ntlm 'SMTP submission: AUTH NTLM. After the logon the server closes, since it has no relay to hand mail to.' \
  mail "${NTLM_LOGIN[@]}" smtp://fs.lab.test:587/ -X NOOP
scenario 17-smtp-ntlm-wrong-password 'SMTP submission: AUTH NTLM with a wrong password.' \
  mail --login-options AUTH=NTLM -u 'LAB\bob:wrong' smtp://fs.lab.test:587/ -X NOOP
TICKET=alice scenario 17-imap-gssapi 'IMAP: AUTHENTICATE GSSAPI with Kerberos.' \
  mail --login-options AUTH=GSSAPI -u alice@LAB.TEST: imap://fs.lab.test/
scenario 17-imap-plain 'IMAP: AUTHENTICATE PLAIN, user and password in clear.' \
  mail --login-options AUTH=PLAIN -u "alice:$PASSWORD" imap://fs.lab.test/
scenario 17-imap-starttls 'IMAP: STARTTLS, and NTLM behind it.' \
  mail -k --ssl-reqd "${NTLM_LOGIN[@]}" imap://fs.lab.test/
scenario 17-smtp-starttls 'SMTP submission: STARTTLS, and NTLM behind it.' \
  mail -k --ssl-reqd "${NTLM_LOGIN[@]}" smtp://fs.lab.test:587/ -X NOOP
