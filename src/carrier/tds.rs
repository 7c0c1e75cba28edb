//! TDS ([MS-TDS]): the login with which a connection starts. What follows it is not read.
//!
//! Where the two sides do not ask for encryption they may still encrypt the first message of the login, and nothing else: the
//! challenge and the response of NTLM are in the clear then.

use ntlmscope_parsers::frame::Recognised;
use ntlmscope_parsers::tds::{self, Front, Login7, PacketType, Token};

use super::{Conversation, Found, Report, took};
use crate::model::{
    At, Carrier, Channel, Code, Cover, Direction, Ending, Hidden, Next, Part, Side, Verdict, Ways, What,
};

/// One connection.
#[derive(Debug, Default)]
pub struct Tds {
    readings: Ways<Reading>,
    /// Which way the client sends.
    client: Option<Direction>,
    /// A token was told.
    begun: bool,
    /// The client sent what TLS hides: its login, and perhaps all that follows.
    is_encrypted: bool,
    /// Nothing that follows is read.
    over: bool,
}

/// Where one direction stands.
#[derive(Debug, Default)]
struct Reading {
    /// The bytes may start anywhere.
    lost: bool,
    /// The packets of a message whose last one has not come.
    message: Vec<u8>,
}

/// A connection has one login.
const CHANNEL: Channel = Channel(0);
/// The largest message of a login ([MS-TDS] 2.2.6.4: 128 KiB - 1).
const MAX_MESSAGE: usize = 128 * 1024;
/// What a server has answered and nobody can read. The name that the client may have asked for is not looked at.
const HIDDEN: What<'static> = What::Hidden(Hidden {
    from: Side::Server,
    cover: Some(Cover::TdsTls),
    server_name: None,
    identity: None,
    service: None,
});
/// `ContentType` of application data (RFC 5246 6.2.1).
const APPLICATION_DATA: u8 = 0x17;

impl Tds {
    pub(super) fn conversation() -> Conversation {
        Conversation::Tds(Box::default())
    }

    /// True where nothing that follows is read.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let reading = self.readings.of(at.direction);
        if reading.lost {
            match tds::recognise(bytes) {
                Recognised::Yes => reading.lost = false,
                Recognised::No => return took(bytes.len()),
                Recognised::Need(count) => return Next::Need(count),
            }
        }
        match tds::front(bytes) {
            Front::Need(count) => Next::Need(count),
            Front::Skip(len) => took(len),
            Front::Packet { kind, is_last, data, consumed } => {
                self.packet(at, kind, is_last, data, found);
                took(consumed)
            }
            Front::Tls { content, len } => {
                self.tls(at, content, found);
                took(len)
            }
            Front::Lost => {
                *reading = Reading { lost: true, ..Reading::default() };
                Report { at, carrier: Carrier::Tds, found }.malformed();
                took(bytes.len())
            }
        }
    }

    pub(super) fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        let before =
            std::mem::replace(self.readings.of(at.direction), Reading { lost: true, ..Reading::default() });
        if before.lost || !before.message.is_empty() {
            return;
        }
        let client = self.client.unwrap_or(at.direction);
        let from = if client == at.direction { Side::Client } else { Side::Server };
        if let Some(token) = tds::torn_token(torn) {
            self.begun = true;
            Report { at, carrier: Carrier::Tds, found }.part(CHANNEL, from, Part::TornToken(token.expose()));
        }
    }

    /// Takes a TLS record outside of packets.
    fn tls(&mut self, at: At, content: u8, found: &mut Found<'_>) {
        if content != APPLICATION_DATA || self.client.is_none() {
            return;
        }
        if self.client == Some(at.direction) {
            self.is_encrypted = true;
        } else {
            // The server encrypts only where everything is.
            self.over = true;
            Report { at, carrier: Carrier::Tds, found }.event(HIDDEN);
        }
    }

    /// Takes a packet, and the message that ends with it.
    fn packet(&mut self, at: At, kind: PacketType, is_last: bool, data: &[u8], found: &mut Found<'_>) {
        // Both sides carry the handshake of TLS in packets of PRELOGIN.
        if kind == PacketType::LOGIN7 || kind == PacketType::PRELOGIN && !tds::is_handshake(data) {
            self.client = Some(at.direction);
        }
        let mut report = Report { at, carrier: Carrier::Tds, found };
        let reading = self.readings.of(at.direction);
        if is_last && reading.message.is_empty() {
            return self.message(kind, data, &mut report);
        }
        if reading.message.len().saturating_add(data.len()) > MAX_MESSAGE {
            *reading = Reading { lost: true, ..Reading::default() };
            return report.malformed();
        }
        reading.message.extend_from_slice(data);
        if is_last {
            let message = std::mem::take(&mut reading.message);
            self.message(kind, &message, &mut report);
        }
    }

    fn message(&mut self, kind: PacketType, message: &[u8], report: &mut Report<'_, '_>) {
        match kind {
            PacketType::LOGIN7 => match tds::login7(message) {
                Ok(login) => self.ask(&login, report),
                Err(_) => report.malformed(),
            },
            PacketType::SSPI => {
                let client = *self.client.get_or_insert(report.at.direction);
                // Some servers send theirs like a client.
                let from = if client == report.at.direction { Side::Client } else { Side::Server };
                self.token(from, message, report);
            }
            PacketType::TABULAR_RESULT => {
                self.client.get_or_insert(report.at.direction.reversed());
                self.answer(message, report);
            }
            _ => {}
        }
    }

    fn answer(&mut self, message: &[u8], report: &mut Report<'_, '_>) {
        let mut verdict = None;
        for answer in tds::tokens(message) {
            match answer {
                Token::Sspi(sspi) => self.token(Side::Server, sspi.expose(), report),
                Token::LoginAck => verdict = Some((Ending::Success, Code::Named("LOGINACK"))),
                // The first error says most, and what is granted in spite of one is granted.
                Token::Error(number) => verdict = verdict.or(Some((Ending::Failure, code(number)))),
            }
        }
        if let Some((result, code)) = verdict {
            let verdict = Verdict { result, code, substatus: None, signal: "tds-token" };
            if self.begun {
                report.part(CHANNEL, Side::Server, Part::Verdict(verdict));
            } else if self.is_encrypted {
                // A login in one message, of which only the answer is in the clear.
                report.event(HIDDEN);
            }
            self.over = true;
        }
    }

    fn ask(&mut self, login: &Login7<'_>, report: &mut Report<'_, '_>) {
        if !login.sspi.is_empty() {
            self.token(Side::Client, login.sspi.expose(), report);
            let (server, database) = (login.server_name.to_string(), login.database.to_string());
            let resource = if database.is_empty() { server } else { format!("{server}/{database}") };
            if !resource.is_empty() {
                let target = Part::Target { service: "mssql", resource: &resource };
                report.part(CHANNEL, Side::Client, target);
            }
            return;
        }
        let word = if login.has_user_name || !login.has_extension { "tds/password" } else { "tds/other" };
        report.event(What::Counted(word));
    }

    fn token(&mut self, from: Side, token: &[u8], report: &mut Report<'_, '_>) {
        if !token.is_empty() {
            self.begun = true;
            report.part(CHANNEL, from, Part::Token(token));
        }
    }
}

fn code(number: i32) -> Code {
    u16::try_from(number).map_or(Code::Hex(number.cast_unsigned()), Code::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::carrier::script::{Script, cut, play};

    /// arkime/arkime, `tds7.pcap`: a login with a password, and a query.
    const CLIENT: &[u8] = include_bytes!("../../parsers/testdata/tds-client.bin");
    const SERVER: &[u8] = include_bytes!("../../parsers/testdata/tds-server.bin");
    /// arkime/arkime, `ntlm_synthetic.pcap`: a login with NTLM, without its answer.
    const NTLM_CLIENT: &[u8] = include_bytes!("../../parsers/testdata/tds-ntlm-client.bin");
    const NTLM_SERVER: &[u8] = include_bytes!("../../parsers/testdata/tds-ntlm-server.bin");
    const LOGIN7_END: usize = 155;
    /// Recorded in samples/18-tds-freetds-ntlm-wrong-password: ERROR 18456 and DONE.
    const REFUSAL: &[u8] =
        b"\x04\x01\x00\x40\x00\x33\x01\x00\xaa\x28\x00\x18\x48\x00\x00\x01\x0e\x0d\x00L\0o\0g\0i\0n\0 \0\
        f\0a\0i\0l\0e\0d\0.\0\0\0\0\0\0\0\xfd\x02\0\0\0\0\0\0\0\0\0\0\0";

    fn ntlm() -> Vec<(char, &'static [u8])> {
        let (login, response) = NTLM_CLIENT.split_at(LOGIN7_END);
        vec![('>', login), ('<', NTLM_SERVER), ('>', response), ('<', REFUSAL)]
    }

    #[test]
    fn a_login_with_ntlm_is_read() {
        let tokens = ["> token 53 Tds", "< token 72 Tds", "> token 186 Tds", "Failure 18456"];
        assert_eq!(play(&ntlm()), tokens);
    }

    #[test]
    fn a_login_with_a_password_is_counted() {
        assert_eq!(play(&[('>', CLIENT), ('<', SERVER)]), ["count tds/password"]);
        let mut script = Script::default();
        script.say('<', SERVER);
        assert!(script.is_over());
    }

    #[test]
    fn a_login_in_several_packets_is_put_together() {
        let data = &NTLM_CLIENT[8..LOGIN7_END];
        let (first, second) = data.split_at(100);
        let first = [b"\x10\0\0\x6c\0\0\x01\0", first].concat();
        let second = [b"\x10\x01\0\x37\0\0\x02\0", second].concat();
        assert_eq!(play(&[('>', &first), ('>', &second)]), ["> token 53 Tds"]);
    }

    /// [MS-TDS] 2.2.6.5: only the first message of the login is encrypted, unless the server encrypts as well.
    #[test]
    fn what_follows_an_encrypted_login_is_read() {
        let hello = b"\x12\x01\0\x12\0\0\0\0\x16\x03\x03\0\x05hello";
        let login = b"\x17\x03\x03\0\x04\xee\xee\xee\xee";
        let response = &NTLM_CLIENT[LOGIN7_END..];
        let prelogin = &CLIENT[..0x34];
        let (answer, hellos) = (&SERVER[..0x25], &hello[..]);
        let start = [('>', prelogin), ('<', answer), ('>', hellos), ('<', hellos), ('>', &login[..])];
        let plain = [&start[..], &[('<', NTLM_SERVER), ('>', response), ('<', REFUSAL)]].concat();
        assert_eq!(play(&plain), ["< token 72 Tds", "> token 186 Tds", "Failure 18456"]);
        let mut script = Script::default();
        for (arrow, bytes) in start {
            script.say(arrow, bytes);
        }
        assert!(!script.is_over());
        script.say('<', login);
        assert!(script.is_over());
        assert_eq!(script.seen, ["hidden TdsTls"]);
        // A password, which is encrypted in the same way: only that it was refused shows.
        assert_eq!(play(&[&start[..], &[('<', REFUSAL)]].concat()), ["hidden TdsTls"]);
    }

    #[test]
    fn what_a_hole_leaves_of_a_token_is_told() {
        let mut script = Script::default();
        script.say('>', &NTLM_CLIENT[..LOGIN7_END + 58]);
        script.lose('>');
        script.say('>', b"rest of it");
        script.say('<', REFUSAL);
        assert_eq!(script.seen, ["> token 53 Tds", "> torn 50 Tds", "Failure 18456"]);
    }

    proptest! {
        /// However a connection is cut, the same is found.
        #[test]
        fn a_cut_changes_nothing(size in 1_usize..200) {
            prop_assert_eq!(cut(&ntlm(), size), play(&ntlm()));
        }

        #[test]
        fn nothing_panics(
            flips in prop::collection::vec((0..349_usize, any::<u8>()), 0..8),
            noise in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut bytes = NTLM_CLIENT.to_vec();
            for (at, value) in flips {
                bytes[at] = value;
            }
            let mut script = Script::default();
            script.say('>', &bytes);
            script.say('<', &noise);
            script.lose('>');
            script.say('>', &bytes);
        }
    }
}
