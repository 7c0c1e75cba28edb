//! Dialogues as servers and clients have them. Tokens are from real ones unless they are said to be none.

use proptest::prelude::*;

use crate::carrier::script::{Script, cut, play};

/// arkime/arkime, `ntlm_synthetic.pcap`.
const SMTP: [&[u8]; 2] = [
    include_bytes!("../../../parsers/testdata/smtp-ntlm-client.bin"),
    include_bytes!("../../../parsers/testdata/smtp-ntlm-server.bin"),
];
const IMAP: [&[u8]; 2] = [
    include_bytes!("../../../parsers/testdata/imap-ntlm-client.bin"),
    include_bytes!("../../../parsers/testdata/imap-ntlm-server.bin"),
];
const POP3: [&[u8]; 2] = [
    include_bytes!("../../../parsers/testdata/pop3-ntlm-client.bin"),
    include_bytes!("../../../parsers/testdata/pop3-ntlm-server.bin"),
];
/// The messages of NTLM in [MS-NNTP] 4.1 that it prints whole, and the last one of a logon recorded with Dovecot.
const NEGOTIATE: &str = "TlRMTVNTUAABAAAAB7IIogcABwAvAAAABwAHACgAAAAFASgKAAAAD0dQVUxMQTFSRURNT05E";
const CHALLENGE: &str = "TlRMTVNTUAACAAAAFgAWADgAAAA1goriFuADDG03d7EAAAAAAAAAAGwAbABOAAAABQLODgAAAA9FAFgAQwBIAC0AQwBMAEkALQA2ADYAAgAWAEUAWABDAEgALQBDAEwASQAtADYANgABABYARQBYAEMASAAtAEMATABJAC0ANgA2AAQAFgBlAHgAYwBoAC0AYwBsAGkALQA2ADYAAwAWAGUAeABjAGgALQBjAGwAaQAtADYANgAAAAAA";
const AUTHENTICATE: &str = "TlRMTVNTUAADAAAAGAAYAEAAAACAAIAAWAAAAAMAAwDYAAAAAwADANsAAAALAAsA3gAAAAAAAAAAAAAABoKJAv2K76LaOMuDw5Q1T1AZPYaH9Dx3MJlYudl12cZx3BCkNBjZ7lSgpn0BAQAAAAAAAIBuM8yoet0Bh/Q8dzCZWLkAAAAAAgAGAEwAQQBCAAEABABGAFMABAAQAGwAYQBiAC4AdABlAHMAdAADABYAZgBzAC4AbABhAGIALgB0AGUAcwB0AAcACAAuJI7MqHrdAQAAAAAAAAAATEFCYm9iV09SS1NUQVRJT04=";

/// The two streams of a connection as a dialogue: the server greets, and answers each line.
fn dialogue([client, server]: [&'static [u8]; 2]) -> Vec<(char, &'static [u8])> {
    let is_end = |byte: &u8| *byte == b'\n';
    let goes_on = |line: &[u8]| line.get(3) == Some(&b'-') || line.starts_with(b"* BYE");
    let mut asked = client.split_inclusive(is_end);
    let mut all = Vec::new();
    for line in server.split_inclusive(is_end) {
        all.push(('<', line));
        if !goes_on(line) {
            all.extend(asked.next().map(|line| ('>', line)));
        }
    }
    all
}

/// Speaks lines that start with their arrow, each of which is ended as the protocols end theirs.
fn talk(lines: &str) -> Script {
    let mut script = Script::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (arrow, text) = line.split_at(1);
        let text = text.strip_prefix(' ').unwrap_or(text);
        script.say(arrow.chars().next().unwrap(), format!("{text}\r\n").as_bytes());
    }
    script
}

fn seen(lines: &str) -> Vec<String> {
    talk(lines).seen
}

#[test]
fn a_logon_is_read_from_greeting_to_answer() {
    for (streams, carrier, end) in
        [(SMTP, "Smtp", "Success 235"), (IMAP, "Imap", "Success OK"), (POP3, "Pop3", "Success +OK")]
    {
        let service = carrier.to_lowercase();
        let seen = play(&dialogue(streams));
        let tokens: Vec<_> = seen.iter().filter(|seen| seen.contains("token")).collect();
        assert_eq!(tokens.len(), 3, "{seen:?}");
        assert!(tokens.iter().all(|token| token.ends_with(carrier)), "{seen:?}");
        assert_eq!(
            (seen[1].as_str(), &seen[4..]),
            (service.as_str(), &[end.to_owned(), "over".to_owned()][..])
        );
    }
}

/// [MS-NNTP] 4.1: the tokens come as commands.
#[test]
fn news_carries_tokens_in_commands() {
    let seen = seen(&format!(
        "< 200 NNTP Service ready
         > AUTHINFO GENERIC NTLM
         < 381 Protocol supported, proceed
         > AUTHINFO GENERIC {NEGOTIATE}
         < 381 {CHALLENGE}
         > AUTHINFO GENERIC {AUTHENTICATE}
         < 281 Authentication ok"
    ));
    assert_eq!(
        seen,
        ["> token 54 Nntp", "nntp", "< token 186 Nntp", "> token 233 Nntp", "Success 281", "over"]
    );
}

/// RFC 4643 2.4, and what Windows says before the first token in SMTP ([MS-SMTPNTLM]) and some servers in POP3.
#[test]
fn words_before_the_first_token_are_no_token() {
    let expected = |carrier: &str, code: &str, substatus: &str| {
        [
            format!("> token 54 {carrier}"),
            carrier.to_lowercase(),
            format!("< token 186 {carrier}"),
            format!("> token 233 {carrier}"),
            format!("Failure {code}{substatus}"),
        ]
    };
    let smtp = format!(
        "< 220 mail ESMTP
         > EHLO cl
         < 250 AUTH NTLM
         > AUTH NTLM
         < 334 ntlm supported
         > NTLM {NEGOTIATE}
         < 334 NTLM {CHALLENGE}
         > {AUTHENTICATE}
         < 535 5.7.3 Authentication unsuccessful"
    );
    assert_eq!(seen(&smtp), expected("Smtp", "535", " 5.7.3"));
    let pop3 = format!(
        "< +OK ready
         > AUTH NTLM
         < +OK
         > {NEGOTIATE}
         < + {CHALLENGE}
         > {AUTHENTICATE}
         < -ERR [SYS/TEMP] try again"
    );
    assert_eq!(seen(&pop3), expected("Pop3", "-ERR", " SYS/TEMP"));
    let nntp = format!(
        "> CAPABILITIES
         < 101 list
         < .
         > AUTHINFO SASL NTLM =
         < 383 =
         > {NEGOTIATE}
         < 383 {CHALLENGE}
         > {AUTHENTICATE}
         < 481 failed"
    );
    assert_eq!(seen(&nntp), expected("Nntp", "481", ""));
}

#[test]
fn an_initial_response_is_a_token_and_a_cancelled_logon_fails() {
    let imap = format!(
        "< * OK ready
         > A1 AUTHENTICATE NTLM {NEGOTIATE}
         < + {CHALLENGE}
         > *
         < * CAPABILITY IMAP4rev1
         < A0 OK of another command
         < A1 BAD cancelled
         > A2 LOGOUT"
    );
    let tokens = ["> token 54 Imap", "imap", "< token 186 Imap", "Failure BAD cancelled"];
    assert_eq!(seen(&imap), tokens);
}

#[test]
fn the_layer_that_gssapi_negotiates_is_part_of_the_logon() {
    // RFC 4752 3.1 and 3.2, over IMAP. The first token is the head of one alone: nothing here looks into it.
    let gssapi = "< * OK ready
         > A1 AUTHENTICATE GSSAPI YAsGCSqGSIb3EgECAg==
         < + YAsGCSqGSIb3EgECAg==
         >
         < + BQQF/wAMAAAAAAAAAAAAAAEAAABhbGljZQ==
         > BQQF/wAMAAAAAAAAAAAAAAEAAABhbGljZQ==
         < A1 OK";
    let expected = [
        "> token 13 Imap",
        "imap SaslGssapi",
        "< token 13 Imap",
        "< token 25 Imap",
        "> token 25 Imap",
        "Success OK",
        "over",
    ];
    assert_eq!(seen(gssapi), expected);
}

#[test]
fn logons_without_tokens_are_counted_and_not_shown() {
    // Passwords in them look like what they are not.
    for (lines, expected) in [
        (
            "< +OK ready\n > USER alice\n < +OK\n > PASS AUTH NTLM\n < -ERR\n > APOP a b\n < +OK",
            "pop3/password pop3/apop",
        ),
        (
            "< * OK ready\n > 1 LOGIN {5}\n < + OK\n > alice {9}\n < + OK\n > AUTH NTLM\n < 1 OK",
            "imap/password",
        ),
        (
            "< * OK ready\n > 1 AUTHENTICATE CRAM-MD5\n < + PDE4OTYuNjk3MT4=\n > dGlt\n < 1 NO",
            "sasl/cram-md5",
        ),
        (
            "> EHLO a\n < 250 AUTH\n > AUTH LOGIN\n < 334 VXNlcm5hbWU6\n > QUlE\n < 334 UGFzc3dvcmQ6\n > QUlE\n < 535 no",
            "sasl/login",
        ),
        ("> EHLO a\n < 250 AUTH\n > AUTH FANCY QUlE\n < 504 no", "sasl/other"),
        ("> AUTHINFO USER wilma\n < 381 go on\n > AUTHINFO PASS x\n < 281 ok", "nntp/password"),
    ] {
        let counted: Vec<_> = expected.split(' ').map(|word| format!("count {word}")).collect();
        assert_eq!(seen(lines), counted, "{lines}");
    }
}

#[test]
fn the_start_of_tls_says_what_it_hides() {
    // zeek/zeek, rdp-to-ssl.pcap, frame 8.
    const HELLO: &[u8] = b"\x16\x03\x01\x00\x74\x01\x00\x00\x70\x03\x01\x4d\x57\x0e\xc5\x8a\x9b\x7d\x32\x5e\xd9\x08\xde\
        \x8c\xb2\xb4\xde\x50\xec\x88\x18\x4a\x1f\x6e\xc7\x23\xc1\xd5\xa3\x44\xa6\xcc\x34\x00\x00\x18\x00\x2f\x00\x35\
        \x00\x05\x00\x0a\xc0\x13\xc0\x14\xc0\x09\xc0\x0a\x00\x32\x00\x38\x00\x13\x00\x04\x01\x00\x00\x2f\x00\x00\x00\
        \x12\x00\x10\x00\x00\x0d192.168.1.150\x00\x05\x00\x05\x01\x00\x00\x00\x00\x00\x0a\x00\x06\x00\x04\x00\x17\x00\
        \x18\x00\x0b\x00\x02\x01\x00";
    for (lines, cover) in [
        ("< 220 ready\n > EHLO a\n < 250 STARTTLS\n > STARTTLS\n < 220 go ahead", "Smtps"),
        ("< * OK ready\n > 1 STARTTLS\n < 1 OK begin", "Imaps"),
        ("< +OK ready\n > STLS\n < +OK begin", "Pop3s"),
        ("> CAPABILITIES\n < 101\n < .\n > STARTTLS\n < 382 begin", "Nntps"),
    ] {
        let mut script = talk(lines);
        assert!(script.seen.is_empty() && !script.is_over(), "{lines}");
        script.say('>', HELLO);
        assert_eq!(script.seen, [format!("hidden {cover} 192.168.1.150")]);
        assert!(script.is_over());
        // What was agreed on and did not come hides nothing.
        let mut script = talk(lines);
        script.say('>', b"EHLO again, long enough\r\n");
        assert!(script.seen.is_empty() && script.is_over(), "{lines}");
    }
}

#[test]
fn what_follows_a_logon_is_not_read() {
    for lines in [
        "< +OK ready\n > USER a\n < +OK\n > PASS b\n < +OK",
        "< * PREAUTH ready",
        "< +OK ready\n > AUTH PLAIN QUlE\n < +OK in",
    ] {
        assert!(talk(lines).is_over(), "{lines}");
    }
    assert!(!talk("< 220 ready\n > EHLO a\n < 250 STARTTLS\n > STARTTLS\n < 454 no").is_over());
}

#[test]
fn a_message_is_not_searched_for_logons() {
    let lines = format!(
        "> EHLO a
         < 250 ok
         > DATA
         < 354 go on
         > AUTH NTLM {NEGOTIATE}
         > .
         < 250 taken
         > BDAT 11
         > AUTH NTLM
         < 250 taken
         > AUTH NTLM
         < 504 no"
    );
    assert!(seen(&lines).is_empty());
}

#[test]
fn ftp_is_not_read() {
    let read = talk("< 220 ready\n > USER anonymous\n < 331 go on\n > PASS a@b\n < 230 in");
    assert!(read.seen.is_empty());
}

#[test]
fn one_direction_is_enough() {
    let client = format!("> EHLO a\n > AUTH NTLM\n > {NEGOTIATE}\n > {AUTHENTICATE}\n > QUIT");
    assert_eq!(seen(&client), ["> token 54 Smtp", "smtp", "> token 233 Smtp", "over"]);
    let server = format!("< 220 a\n < 250 b\n < 334\n < 334 {CHALLENGE}\n < 235 2.7.0 ok");
    assert_eq!(seen(&server), ["< token 186 Smtp", "smtp", "Success 235", "over"]);
}

#[test]
fn a_logon_in_the_middle_of_which_the_capture_starts_is_read() {
    let pop3 = format!("> AUTH NTLM\n < +\n > {NEGOTIATE}\n < + {CHALLENGE}\n > {AUTHENTICATE}\n < +OK");
    let tokens = ["> token 54 Pop3", "pop3", "< token 186 Pop3", "> token 233 Pop3", "Success +OK", "over"];
    assert_eq!(seen(&pop3), tokens);
    let smtp = format!("< 334 {CHALLENGE}\n > {AUTHENTICATE}\n < 235 ok");
    assert_eq!(seen(&smtp), ["< token 186 Smtp", "smtp", "> token 233 Smtp", "Success 235", "over"]);
}

#[test]
fn what_a_hole_leaves_of_a_token_is_told() {
    let mut script = talk(&format!("> EHLO a\n < 250 b\n > AUTH NTLM {NEGOTIATE}\n < 334 {CHALLENGE}"));
    script.say('>', AUTHENTICATE.as_bytes().split_at(150).0);
    script.lose('>');
    script.say('>', b"bad\r\n");
    script.say('<', b"235 ok\r\n");
    assert_eq!(script.seen[3..], ["> torn 111 Smtp", "Success 235", "over"]);
}

proptest! {
    /// However a connection is cut, the same is found.
    #[test]
    fn a_cut_changes_nothing(size in 1_usize..60, which in 0..3_usize) {
        let lines = dialogue([SMTP, IMAP, POP3][which]);
        prop_assert_eq!(cut(&lines, size), play(&lines));
    }

    /// Whatever is said to a carrier, it neither panics nor stands still.
    #[test]
    fn nothing_panics(
        which in 0..3_usize,
        pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 0..12),
        words in prop::collection::vec(0..12_usize, 0..12),
    ) {
        const WORDS: [&[u8]; 12] = [
            b"AUTH NTLM\r\n", b"334 \r\n", b"+ \r\n", b"a AUTHENTICATE GSSAPI ", b"DATA\r\n", b"354 \r\n", b".\r\n", b"{7}\r\n",
            b"BDAT 5\r\n", b"TlRMTVNTUAAB", b"*\r\n", b"535 5.7.8 \r\n",
        ];
        let mut script = Script::default();
        for (arrow, bytes) in dialogue([SMTP, IMAP, POP3][which]).into_iter().take(3) {
            script.say(arrow, bytes);
        }
        for ((up, bytes), word) in pieces.iter().zip(words) {
            let arrow = if *up { '>' } else { '<' };
            script.say(arrow, WORDS[word]);
            script.say(arrow, bytes);
            if bytes.len() > 30 {
                script.lose(arrow);
            }
        }
    }
}
