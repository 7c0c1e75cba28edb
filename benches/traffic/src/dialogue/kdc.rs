//! Exchanges with a KDC over TCP or UDP.

use super::Dialogue;
use crate::kerberos::{self, Names};
use crate::packet::End;
use crate::random::Random;
use crate::stage::{Ending, Message, Side, Stage};

/// How the KDC is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Udp,
}

/// One exchange with a KDC.
pub(crate) struct KeyServer {
    step: Step,
    transport: Transport,
    what: What,
    names: Names,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ask,
    Answer,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    ProofWanted,
    Ticket,
    Service,
    NoService,
}

const PROOF_WANTED: u32 = 25;
const NO_SERVICE: u32 = 7;

impl KeyServer {
    pub(crate) fn new(transport: Transport, stage: &mut Stage) -> Self {
        let number = stage.user();
        let random = &mut stage.random;
        let what = match random.below(10) {
            0..=2 => What::ProofWanted,
            3..=5 => What::Ticket,
            6..=8 => What::Service,
            _ => What::NoService,
        };
        let names = Names {
            realm: "CORP.EXAMPLE.COM".into(),
            client: format!("user{number:07}"),
            service: ["cifs".into(), format!("fs{:03}.corp.example.com", random.below(200))],
        };
        Self { step: Step::Ask, transport, what, names }
    }

    fn request(&self, random: &mut Random) -> Vec<u8> {
        match self.what {
            What::ProofWanted => kerberos::as_req(&self.names, false, random),
            What::Ticket => kerberos::as_req(&self.names, true, random),
            What::Service | What::NoService => kerberos::tgs_req(&self.names, random),
        }
    }

    fn reply(&self, random: &mut Random) -> Vec<u8> {
        let Names { realm, service, .. } = &self.names;
        match self.what {
            What::ProofWanted => {
                let data = kerberos::method_data(&self.names);
                kerberos::error(PROOF_WANTED, realm, &["krbtgt".into(), realm.clone()], Some(&data))
            }
            What::Ticket => kerberos::as_rep(&self.names, random),
            What::Service => kerberos::tgs_rep(&self.names, random),
            What::NoService => kerberos::error(NO_SERVICE, realm, service, None),
        }
    }

    fn note(&self, ends: (End, End), stage: &mut Stage) {
        let Names { realm, client, service } = &self.names;
        let transport = if self.transport == Transport::Tcp { "tcp" } else { "udp" };
        let tgt = format!("krbtgt/{realm}");
        let service = service.join("/");
        let (kind, cname, sname, ending): (_, _, _, Ending) = match self.what {
            What::ProofWanted => {
                ("as", Some(client.as_str()), tgt, ("failure", Some("KDC_ERR_PREAUTH_REQUIRED")))
            }
            What::Ticket => ("as", Some(client.as_str()), tgt, ("success", None)),
            // The request does not name the client; its ticket does, which is encrypted.
            What::Service => ("tgs", Some(client.as_str()), service, ("success", None)),
            What::NoService => ("tgs", None, service, ("failure", Some("KDC_ERR_S_PRINCIPAL_UNKNOWN"))),
        };
        stage.kdc(ends, (transport, kind), (cname, &sname), ending);
    }
}

impl Dialogue for KeyServer {
    fn next(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) -> Option<Side> {
        let (bytes, side, next) = match self.step {
            Step::Ask => (self.request(&mut stage.random), Side::Client, Step::Answer),
            Step::Answer => {
                self.note(ends, stage);
                (self.reply(&mut stage.random), Side::Server, Step::End)
            }
            Step::End => return None,
        };
        if self.transport == Transport::Tcp {
            message.bytes.extend((bytes.len() as u32).to_be_bytes());
        }
        message.bytes.extend(bytes);
        self.step = next;
        Some(side)
    }
}
