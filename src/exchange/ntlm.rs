//! What the three messages of NTLM say, judged: version class, and what a defender wants to know of the response.

use compact_str::format_compact;
use ntlmscope_parsers::ntlmssp::{
    Authenticate, AvFlags, AvId, Challenge, FileTime, Flags, Message, Negotiate, Ntlmv2Response, Version,
};
use ntlmscope_parsers::{Secret, Text};

use super::draft::shown;
use crate::model::{ChannelBinding, Joins, LmResponse, Name, Ntlm, NtlmVersion, Plain, Time, When};

/// Length of a DES response: LM, `NTLMv1`, or `LMv2` by chance ([MS-NLMP] 2.2.2.3 to 2.2.2.6).
const DES_RESPONSE: usize = 24;
/// Length of the client's nonce in the LM response of extended session security ([MS-NLMP] 3.3.1).
const NONCE: usize = 8;

/// What has been seen of an NTLM logon.
#[derive(Debug, Default)]
pub(super) struct NtlmSeen {
    negotiate: Option<First>,
    challenge: Option<Second>,
    authenticate: Option<Third>,
}

#[derive(Debug)]
struct First {
    flags: Flags,
    workstation: Option<Name>,
    os: Option<Version>,
}

#[derive(Debug)]
struct Second {
    challenge: Option<[u8; 8]>,
    flags: Flags,
    names: ServerNames,
    time: Option<When>,
    undated: bool,
    os: Option<Version>,
}

#[derive(Debug)]
struct Third {
    proof: Option<[u8; 16]>,
    mic_lost: bool,
    ntlm: Ntlm,
    os: Option<Version>,
}

/// What the messages of a logon say, for its record.
#[derive(Debug)]
pub(super) struct NtlmSaid {
    pub(super) ntlm: Option<Ntlm>,
    /// Of the server.
    pub(super) names: ServerNames,
    /// The versions that client and server gave.
    pub(super) client_os: Option<Name>,
    pub(super) server_os: Option<Name>,
}

/// The names that a server gives itself.
#[derive(Debug, Default)]
pub(super) struct ServerNames {
    pub(super) nb_computer: Option<Name>,
    pub(super) nb_domain: Option<Name>,
    pub(super) dns_computer: Option<Name>,
    pub(super) dns_domain: Option<Name>,
    pub(super) dns_forest: Option<Name>,
}

/// The two responses of a client, and what decides how they are meant.
#[derive(Clone, Copy)]
struct Responses<'a> {
    lm: Secret<'a>,
    nt: Secret<'a>,
    anonymous: bool,
    extended: bool,
}

impl NtlmSeen {
    /// Takes one message.
    pub(super) fn take(&mut self, message: &Message<'_>) {
        match message {
            Message::Negotiate(negotiate) => self.negotiate = Some(first(negotiate)),
            Message::Challenge(challenge) => self.challenge = Some(second(challenge)),
            Message::Authenticate(authenticate) => self.authenticate = Some(self.third(authenticate)),
        }
    }

    /// Takes a logon without messages (SMB1 without extended security).
    pub(super) fn take_plain(&mut self, plain: &Plain<'_>) {
        let anonymous = plain.account.is_empty() && plain.nt.is_empty();
        let responses = Responses { lm: plain.lm, nt: plain.nt, anonymous, extended: false };
        let mut ntlm = ntlm(responses, None);
        ntlm.user = named(plain.account);
        ntlm.domain = named(plain.domain);
        read_ntlmv2(&mut ntlm, ntlmscope_parsers::ntlmssp::response::ntlmv2_response(plain.nt).ok());
        let proof = proof(plain.nt, plain.lm);
        self.authenticate = Some(Third { ntlm, os: None, proof, mic_lost: false });
    }

    /// True where the client has sent its response.
    pub(super) fn is_authenticated(&self) -> bool {
        self.authenticate.is_some()
    }

    /// What tells whether this logon is a copy of another; `None` where it is anonymous or was not finished.
    pub(super) fn joins(&self) -> Option<Joins> {
        let third =
            self.authenticate.as_ref().filter(|third| third.ntlm.version != NtlmVersion::Anonymous)?;
        let challenge = self.challenge.as_ref().and_then(|second| second.challenge);
        let undated = self.challenge.as_ref().is_some_and(|second| second.undated);
        Some(Joins { challenge, proof: third.proof, undated, mic_lost: third.mic_lost })
    }

    /// True where the client began and the server gave no challenge.
    pub(super) fn is_unasked(&self) -> bool {
        self.negotiate.is_some() && self.challenge.is_none() && self.authenticate.is_none()
    }

    /// True where no message is missing.
    pub(super) fn is_whole(&self) -> bool {
        let tokens = self.negotiate.is_some() && self.challenge.is_some();
        // A logon without messages has neither.
        let plain = self.negotiate.is_none() && self.challenge.is_none();
        self.authenticate.is_some() && (tokens || plain)
    }

    /// What the record says. Nothing of NTLM itself where it was not `used`.
    pub(super) fn said(self, used: bool) -> NtlmSaid {
        let unanswered = (used && self.authenticate.is_none()).then(|| self.unanswered());
        let Self { negotiate, challenge, authenticate } = self;
        let (ntlm, os) = match authenticate {
            Some(Third { ntlm, os, .. }) => (used.then_some(ntlm), os),
            None => (unanswered, None),
        };
        let client_os = os.or(negotiate.and_then(|first| first.os)).map(in_words);
        let (names, server_time, server_os) =
            challenge.map(|second| (second.names, second.time, second.os)).unwrap_or_default();
        let server_os = server_os.map(in_words);
        NtlmSaid { ntlm: ntlm.map(|ntlm| Ntlm { server_time, ..ntlm }), names, client_os, server_os }
    }

    /// What a record says before the client has answered.
    fn unanswered(&self) -> Ntlm {
        let flags = self.challenge.as_ref().map(|second| second.flags);
        let flags = flags.or(self.negotiate.as_ref().map(|first| first.flags));
        let responses =
            Responses { lm: Secret::default(), nt: Secret::default(), anonymous: false, extended: false };
        let workstation = self.negotiate.as_ref().and_then(|first| first.workstation.clone());
        Ntlm { version: NtlmVersion::Unknown, lm_response: None, workstation, ..ntlm(responses, flags) }
    }

    fn third(&self, message: &Authenticate<'_>) -> Third {
        // A client of connectionless NTLM may leave its flags to the challenge.
        let flags = message.flags.or(self.challenge.as_ref().map(|second| second.flags));
        let (lm, nt) = (message.lm_response.unwrap_or_default(), message.nt_response.unwrap_or_default());
        let user = message.user.unwrap_or(Text::oem(b""));
        let anonymous =
            message.user.is_ok() && user.is_empty() && message.nt_response.is_ok() && nt.is_empty();
        let extended = flags.is_some_and(|flags| flags.contains(Flags::NEGOTIATE_EXTENDED_SESSIONSECURITY));
        let responses = Responses { lm, nt, anonymous, extended };
        let mut ntlm = ntlm(responses, flags);
        ntlm.user = named(user);
        ntlm.domain = message.domain.ok().and_then(named);
        ntlm.workstation = message.workstation.ok().and_then(named);
        ntlm.mic = Some(message.mic.is_some_and(|mic| !mic.is_zero()));
        let response = message.ntlmv2_response().ok();
        let promised = response.and_then(|response| response.av_pairs.flags());
        read_ntlmv2(&mut ntlm, response);
        let promised = promised.is_some_and(|flags| flags.contains(AvFlags::MIC_PRESENT));
        let mic_lost = promised && ntlm.mic == Some(false);
        Third { ntlm, os: flags.and_then(|flags| os(flags, message.version)), proof: proof(nt, lm), mic_lost }
    }
}

/// The start of the response, which depends on the challenge.
fn proof(nt: Secret<'_>, lm: Secret<'_>) -> Option<[u8; 16]> {
    let response = if nt.is_empty() { lm } else { nt };
    response.expose().first_chunk().copied().filter(|_| !response.is_zero())
}

fn first(message: &Negotiate<'_>) -> First {
    let workstation = message.workstation.ok().and_then(named);
    First { flags: message.flags, workstation, os: os(message.flags, message.version) }
}

fn second(message: &Challenge<'_>) -> Second {
    let pairs = message.target_info.ok();
    let name = |id| pairs.and_then(|pairs| pairs.text(id)).and_then(named);
    let mut names = ServerNames {
        nb_computer: name(AvId::NB_COMPUTER_NAME),
        nb_domain: name(AvId::NB_DOMAIN_NAME),
        dns_computer: name(AvId::DNS_COMPUTER_NAME),
        dns_domain: name(AvId::DNS_DOMAIN_NAME),
        dns_forest: name(AvId::DNS_TREE_NAME),
    };
    // Servers from before target information say only one name, and of what kind it is.
    let target = || message.target_name.ok().and_then(named);
    if message.flags.contains(Flags::TARGET_TYPE_DOMAIN) {
        names.nb_domain = names.nb_domain.or_else(target);
    } else if message.flags.contains(Flags::TARGET_TYPE_SERVER) {
        names.nb_computer = names.nb_computer.or_else(target);
    }
    let time = pairs.and_then(|pairs| pairs.timestamp()).and_then(when);
    // A list that was cut off may have had one.
    let whole = pairs.is_some_and(|pairs| pairs.is_terminated() && pairs.iter().next().is_some());
    let undated = whole && pairs.is_some_and(|pairs| pairs.get(AvId::TIMESTAMP).is_none());
    let challenge = message.server_challenge.expose().first_chunk().copied();
    Second { challenge, flags: message.flags, names, time, undated, os: os(message.flags, message.version) }
}

fn ntlm(responses: Responses<'_>, flags: Option<Flags>) -> Ntlm {
    let has = |flag| flags.map(|flags| flags.contains(flag));
    Ntlm {
        version: version(responses),
        user: None,
        domain: None,
        workstation: None,
        flags,
        lm_response: Some(lm_response(responses)),
        mic: None,
        target_spn: None,
        spn_untrusted: None,
        channel_binding: None,
        single_host: None,
        server_time: None,
        client_time: None,
        sign: has(Flags::NEGOTIATE_SIGN),
        seal: has(Flags::NEGOTIATE_SEAL),
        key_exchange: has(Flags::NEGOTIATE_KEY_EXCH),
        key_bits: flags.map(key_bits),
    }
}

/// The version class of a response, by its lengths: 24 bytes are DES, more are `NTLMv2`.
fn version(Responses { lm, nt, anonymous, extended }: Responses<'_>) -> NtlmVersion {
    if anonymous {
        return NtlmVersion::Anonymous;
    }
    match (nt.len(), lm.len()) {
        (DES_RESPONSE, _) if extended && is_nonce(lm) => NtlmVersion::Ntlmv1Ess,
        (DES_RESPONSE, _) => NtlmVersion::Ntlmv1,
        (length, _) if length > DES_RESPONSE => NtlmVersion::Ntlmv2,
        // With extended session security there is no LM response, so this is LMv2 ([MS-NLMP] 3.3.2) alone.
        (0, DES_RESPONSE) if extended => NtlmVersion::Ntlmv2,
        (0, DES_RESPONSE) => NtlmVersion::Lm,
        _ => NtlmVersion::Unknown,
    }
}

fn lm_response(Responses { lm, nt, extended, .. }: Responses<'_>) -> LmResponse {
    if lm.is_empty() {
        LmResponse::Absent
    } else if lm.is_zero() {
        LmResponse::Zero
    } else if lm.expose() == nt.expose() {
        LmResponse::SameAsNt
    } else if nt.len() == DES_RESPONSE && extended && is_nonce(lm) {
        LmResponse::EssClientChallenge
    } else if nt.len() > DES_RESPONSE || (nt.is_empty() && extended) {
        LmResponse::Lmv2
    } else {
        LmResponse::Real
    }
}

/// A nonce of eight bytes in a field of 24.
fn is_nonce(lm: Secret<'_>) -> bool {
    lm.len() == DES_RESPONSE && lm.expose().iter().skip(NONCE).all(|byte| *byte == 0)
}

fn key_bits(flags: Flags) -> u8 {
    if flags.contains(Flags::NEGOTIATE_128) {
        128
    } else if flags.contains(Flags::NEGOTIATE_56) {
        56
    } else {
        40
    }
}

/// Adds what the client says inside its `NTLMv2` response.
fn read_ntlmv2(ntlm: &mut Ntlm, response: Option<Ntlmv2Response<'_>>) {
    let Some(response) = response else { return };
    let pairs = response.av_pairs;
    ntlm.target_spn = pairs.text(AvId::TARGET_NAME).map(shown);
    ntlm.spn_untrusted = pairs.flags().map(|flags| flags.contains(AvFlags::UNTRUSTED_SPN));
    ntlm.channel_binding = Some(match pairs.get(AvId::CHANNEL_BINDINGS) {
        None => ChannelBinding::Absent,
        Some(binding) if binding.is_zero() => ChannelBinding::Zero,
        Some(_) => ChannelBinding::Present,
    });
    ntlm.single_host = Some(pairs.get(AvId::SINGLE_HOST).is_some());
    ntlm.client_time = when(response.time_stamp);
}

/// A name, where one was sent.
fn named(text: Text<'_>) -> Option<Name> {
    (!text.is_empty()).then(|| shown(text))
}

/// A version that says something: without its flag the field is zero, or not there at all.
fn os(flags: Flags, version: Option<Version>) -> Option<Version> {
    version.filter(|version| flags.contains(Flags::NEGOTIATE_VERSION) && version.major != 0)
}

fn in_words(Version { major, minor, build, .. }: Version) -> Name {
    format_compact!("{major}.{minor}.{build}")
}

/// A FILETIME, which counts tenths of microseconds. Zero is no time.
fn when(time: FileTime) -> Option<When> {
    let nanoseconds = time.unix_nanos().filter(|_| time.0 != 0)?;
    Some(When { time: Time(nanoseconds), digits: 7 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: [u8; 24] = [0; 24];
    const DES: [u8; 24] = [7; 24];
    const NONCE_24: [u8; 24] = {
        let mut nonce = ZERO;
        nonce[0] = 1;
        nonce
    };
    const V2: [u8; 60] = [9; 60];

    /// The length rules: [MS-NLMP] 2.2.1.3, 2.2.2.3 to 2.2.2.8, 3.3.1 and 3.3.2.
    #[test]
    fn the_lengths_tell_the_version() {
        type Case<'c> = (&'c [u8], &'c [u8], bool, NtlmVersion, LmResponse);
        let cases: [Case<'_>; 10] = [
            (&DES, &[8; 24], false, NtlmVersion::Ntlmv1, LmResponse::Real),
            (&DES, &DES, false, NtlmVersion::Ntlmv1, LmResponse::SameAsNt),
            (&ZERO, &DES, false, NtlmVersion::Ntlmv1, LmResponse::Zero),
            (&[], &DES, true, NtlmVersion::Ntlmv1, LmResponse::Absent),
            (&NONCE_24, &DES, true, NtlmVersion::Ntlmv1Ess, LmResponse::EssClientChallenge),
            (&NONCE_24, &DES, false, NtlmVersion::Ntlmv1, LmResponse::Real),
            (&ZERO, &V2, true, NtlmVersion::Ntlmv2, LmResponse::Zero),
            (&DES, &V2, true, NtlmVersion::Ntlmv2, LmResponse::Lmv2),
            (&DES, &[], true, NtlmVersion::Ntlmv2, LmResponse::Lmv2),
            (&DES, &[], false, NtlmVersion::Lm, LmResponse::Real),
        ];
        for (lm, nt, extended, expected, kind) in cases {
            let responses =
                Responses { lm: Secret::new(lm), nt: Secret::new(nt), anonymous: false, extended };
            assert_eq!(
                (version(responses), lm_response(responses)),
                (expected, kind),
                "{lm:?} {nt:?} {extended}"
            );
        }
    }
}
