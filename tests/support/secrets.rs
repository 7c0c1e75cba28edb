//! What may not be in any output, taken from the packets of a capture.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ntlmscope::carrier::{self, Conversation, Datagrams};
use ntlmscope::decode::{Decoded, Decoder};
use ntlmscope::model::{At, Direction, Event, FlowKey, Next, Part, Transport, What};
use ntlmscope::source::{Captures, Event as Read};
use ntlmscope_parsers::token::{Body, classify};
use ntlmscope_parsers::{Secret, krb5, ntlmssp};

/// Secrets of a capture in which everything is in order.
#[derive(Debug, Default)]
pub(crate) struct Secrets(BTreeSet<Vec<u8>>);

impl Secrets {
    /// Collects them.
    pub(crate) fn of(capture: &Path) -> Self {
        let mut secrets = Self::default();
        let mut connections: Vec<(FlowKey, Conversation, [Vec<u8>; 2])> = Vec::new();
        let mut captures = Captures::open(&[capture.to_path_buf()]);
        let mut decoder = Decoder::default();
        while let Some(read) = captures.read() {
            let Read::Frame(frame) = read else { continue };
            let Decoded::Segment(segment) = decoder.decode(&frame) else { continue };
            let at = At { direction: segment.direction, stamp: segment.stamp };
            let mut found = |event: Event<'_>| secrets.event(&event.what);
            if segment.transport == Transport::Udp {
                if carrier::is_datagram(segment.transport, segment.payload) {
                    Datagrams::default().read(at, segment.transport, segment.payload, &mut found);
                }
                continue;
            }
            let known = connections.iter().position(|(key, ..)| *key == segment.key);
            let known = known.unwrap_or_else(|| {
                connections.push((segment.key, Conversation::default(), Default::default()));
                connections.len() - 1
            });
            let (_, conversation, waiting) = &mut connections[known];
            let waiting = &mut waiting[usize::from(segment.direction == Direction::Up)];
            waiting.extend(segment.payload);
            while !waiting.is_empty() {
                match conversation.read(at, waiting, &mut found) {
                    Next::Took(count) => {
                        let count = usize::try_from(count).unwrap_or(usize::MAX);
                        waiting.drain(..count.min(waiting.len()));
                    }
                    Next::Need(_) => break,
                    Next::Close => waiting.clear(),
                }
            }
        }
        secrets
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first that stands in a text, in hexadecimal or base 64.
    pub(crate) fn find(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        self.0.iter().find_map(|secret| {
            let hex = secret.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            // A part of it would do, and the last character depends on what follows.
            let base64 = STANDARD.encode(secret);
            let certain = base64.trim_end_matches('=').char_indices().last().map_or(0, |(at, _)| at);
            let base64 = base64.get(..certain).unwrap_or_default();
            (lower.contains(&hex) || text.contains(base64)).then_some(hex)
        })
    }

    fn event(&mut self, what: &What<'_>) {
        match what {
            What::Auth { part: Part::Token(bytes) | Part::TornToken(bytes) | Part::Hint(bytes), .. } => {
                self.token(bytes);
            }
            What::Auth { part: Part::Plain(plain), .. } => {
                self.add(plain.lm);
                self.add(plain.nt);
            }
            What::Kdc { message, .. } => self.krb5(krb5::message(message).ok()),
            _ => {}
        }
    }

    fn token(&mut self, bytes: &[u8]) {
        match classify(bytes).body {
            Body::Spnego(Ok(outer)) => {
                if let Some(inner) = outer.inner() {
                    self.token(inner.expose());
                }
            }
            Body::Ntlm(Ok(ntlmssp::Message::Challenge(message))) => self.add(message.server_challenge),
            Body::Ntlm(Ok(ntlmssp::Message::Authenticate(message))) => {
                for field in [message.lm_response, message.nt_response, message.session_key] {
                    self.add(field.unwrap_or_default());
                }
                self.add(message.mic.unwrap_or_default());
                if let Ok(response) = message.ntlmv2_response() {
                    self.add(response.nt_proof_str);
                    self.add(response.challenge_from_client);
                }
            }
            Body::Kerberos(message) => self.krb5(message.ok()),
            _ => {}
        }
    }

    fn krb5(&mut self, message: Option<krb5::Message<'_>>) {
        match message {
            Some(krb5::Message::KdcReq(request)) => {
                request.padata.iter().for_each(|padata| self.krb5(padata.tgs_req().ok()));
            }
            Some(krb5::Message::ApReq(request)) => {
                self.add(request.ticket.map(|ticket| ticket.enc_part.cipher).unwrap_or_default());
                self.add(request.authenticator.cipher);
            }
            Some(krb5::Message::KdcRep(reply)) => {
                self.add(reply.ticket.map(|ticket| ticket.enc_part.cipher).unwrap_or_default());
                self.add(reply.enc_part.cipher);
            }
            _ => {}
        }
    }

    /// Long ones are known by their ends, which are what a program would cut off last.
    fn add(&mut self, secret: Secret<'_>) {
        let bytes = secret.expose();
        for part in [bytes.get(..bytes.len().min(16)), bytes.get(bytes.len().saturating_sub(16)..)] {
            let part = part.unwrap_or_default();
            // Zeroes stand for nothing, and so few bytes may be in a text by chance.
            if part.len() >= 8 && part.iter().filter(|byte| **byte != 0).count() >= 6 {
                self.0.insert(part.to_vec());
            }
        }
    }
}
