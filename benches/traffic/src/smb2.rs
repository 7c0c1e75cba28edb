//! SMB2 messages ([MS-SMB2] 2.2), each in its session packet ([MS-SMB2] 2.1).

use crate::octets::{Octets as _, patch, utf16};
use crate::random::Random;
use crate::spnego;

pub(crate) const SUCCESS: u32 = 0;
pub(crate) const MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;
pub(crate) const LOGON_FAILURE: u32 = 0xc000_006d;
const HEADER: usize = 64;
const RESPONSE: u32 = 1;
const SIGNED: u32 = 8;

/// What all messages of a connection carry in their headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    pub(crate) message_id: u64,
    pub(crate) session_id: u64,
    pub(crate) tree_id: u32,
    /// The session is there: messages are signed.
    pub(crate) signs: bool,
}

/// Who writes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    Client,
    Server(u32),
}

impl Peer {
    fn packet(
        &self,
        out: &mut Vec<u8>,
        command: u8,
        writer: Writer,
        random: &mut Random,
        body: impl FnOnce(&mut Vec<u8>, &mut Random),
    ) {
        let start = out.len();
        out.zeros(4);
        let (status, response) = match writer {
            Writer::Client => (SUCCESS, 0),
            Writer::Server(status) => (status, RESPONSE),
        };
        out.put(b"\xfeSMB");
        out.le16(HEADER);
        out.le16(1);
        out.put(&status.to_le_bytes());
        out.put(&[command, 0]);
        out.le16(31);
        let signed = if self.signs { SIGNED } else { 0 };
        out.put(&(response | signed).to_le_bytes());
        out.zeros(4);
        out.le64(self.message_id);
        out.le32(0xfeff);
        out.put(&self.tree_id.to_le_bytes());
        out.le64(self.session_id);
        out.put(&if self.signs { random.array() } else { [0; 16] });
        body(out, random);
        let length = (out.len() - start - 4) as u32;
        patch(out, start, &length.to_be_bytes());
    }

    /// NEGOTIATE (2.2.3).
    pub(crate) fn negotiate(&self, out: &mut Vec<u8>, random: &mut Random) {
        self.packet(out, 0, Writer::Client, random, |out, random| {
            let dialects = [0x0202, 0x0210, 0x0300, 0x0302];
            out.le16(36);
            out.le16(dialects.len());
            out.le16(1);
            out.zeros(2);
            out.le32(0x7f);
            out.put(&random.array::<16>());
            out.zeros(8);
            for dialect in dialects {
                out.le16(dialect);
            }
        });
    }

    /// The answer (2.2.4): SMB 3.0.2, and the server's list of mechanisms.
    pub(crate) fn negotiated(&self, out: &mut Vec<u8>, random: &mut Random) {
        let hint = spnego::hint(&[spnego::MS_KRB5, spnego::KRB5, spnego::NTLM]);
        self.packet(out, 0, Writer::Server(SUCCESS), random, |out, random| {
            out.le16(65);
            out.le16(1);
            out.le16(0x0302);
            out.zeros(2);
            out.put(&random.array::<16>());
            out.le32(0x2f);
            for _ in 0..3 {
                out.le32(1 << 20);
            }
            out.le64(134_167_968_000_000_000);
            out.zeros(8);
            out.le16(HEADER + 64);
            out.le16(hint.len());
            out.zeros(4);
            out.put(&hint);
        });
    }

    /// `SESSION_SETUP` (2.2.5).
    pub(crate) fn session_setup(&self, out: &mut Vec<u8>, token: &[u8], random: &mut Random) {
        self.packet(out, 1, Writer::Client, random, |out, _| {
            out.le16(25);
            out.put(&[0, 1]);
            out.le32(1);
            out.zeros(4);
            out.le16(HEADER + 24);
            out.le16(token.len());
            out.zeros(8);
            out.put(token);
        });
    }

    /// The answer (2.2.6); the error response (2.2.2) where there is no token.
    pub(crate) fn session_set_up(&self, out: &mut Vec<u8>, status: u32, token: &[u8], random: &mut Random) {
        self.packet(out, 1, Writer::Server(status), random, |out, _| {
            if token.is_empty() {
                out.le16(9);
                out.zeros(7);
                return;
            }
            out.le16(9);
            out.le16(0);
            out.le16(HEADER + 8);
            out.le16(token.len());
            out.put(token);
        });
    }

    /// `TREE_CONNECT` (2.2.9).
    pub(crate) fn tree_connect(&self, out: &mut Vec<u8>, path: &str, random: &mut Random) {
        let path = utf16(path);
        self.packet(out, 3, Writer::Client, random, |out, _| {
            out.le16(9);
            out.zeros(2);
            out.le16(HEADER + 8);
            out.le16(path.len());
            out.put(&path);
        });
    }

    /// The answer (2.2.10): a disk.
    pub(crate) fn tree_connected(&self, out: &mut Vec<u8>, random: &mut Random) {
        self.packet(out, 3, Writer::Server(SUCCESS), random, |out, _| {
            out.le16(16);
            out.put(&[1, 0]);
            out.le32(0x30);
            out.zeros(4);
            out.le32(0x001f_01ff);
        });
    }

    /// CREATE (2.2.13).
    pub(crate) fn create(&self, out: &mut Vec<u8>, name: &str, random: &mut Random) {
        let name = utf16(name);
        self.packet(out, 5, Writer::Client, random, |out, _| {
            out.le16(57);
            out.put(&[0, 0]);
            out.le32(2);
            out.zeros(16);
            out.le32(0x0012_0089);
            out.le32(0x80);
            out.le32(7);
            out.le32(1);
            out.le32(0x40);
            out.le16(HEADER + 56);
            out.le16(name.len());
            out.zeros(8);
            out.put(&name);
        });
    }

    /// The answer (2.2.14).
    pub(crate) fn created(&self, out: &mut Vec<u8>, random: &mut Random) {
        self.packet(out, 5, Writer::Server(SUCCESS), random, |out, random| {
            out.le16(89);
            out.put(&[0, 0]);
            out.le32(1);
            for _ in 0..4 {
                out.le64(134_167_968_000_000_000);
            }
            out.le64(1 << 30);
            out.le64(1 << 30);
            out.le32(0x20);
            out.zeros(4);
            out.put(&random.array::<16>());
            out.zeros(8);
        });
    }

    /// READ (2.2.19).
    pub(crate) fn read(&self, out: &mut Vec<u8>, length: usize, random: &mut Random) {
        self.packet(out, 8, Writer::Client, random, |out, random| {
            out.le16(49);
            out.put(&[0x50, 0]);
            out.le32(length);
            out.le64(random.below(1 << 30));
            out.put(&random.array::<16>());
            out.zeros(16);
            out.zeros(1);
        });
    }

    /// The answer (2.2.20): the data are appended by the caller's function.
    pub(crate) fn data(
        &self,
        out: &mut Vec<u8>,
        length: usize,
        random: &mut Random,
        file: impl FnOnce(&mut Vec<u8>, &mut Random),
    ) {
        self.packet(out, 8, Writer::Server(SUCCESS), random, |out, random| {
            out.le16(17);
            out.put(&[0x50, 0]);
            out.le32(length);
            out.zeros(8);
            file(out, random);
        });
    }

    /// CLOSE (2.2.15).
    pub(crate) fn close(&self, out: &mut Vec<u8>, random: &mut Random) {
        self.packet(out, 6, Writer::Client, random, |out, random| {
            out.le16(24);
            out.zeros(6);
            out.put(&random.array::<16>());
        });
    }

    /// The answer (2.2.16).
    pub(crate) fn closed(&self, out: &mut Vec<u8>, random: &mut Random) {
        self.packet(out, 6, Writer::Server(SUCCESS), random, |out, _| {
            out.le16(60);
            out.zeros(58);
        });
    }

    /// LOGOFF (2.2.7).
    pub(crate) fn logoff(&self, out: &mut Vec<u8>, random: &mut Random) {
        self.packet(out, 2, Writer::Client, random, |out, _| out.put(&[4, 0, 0, 0]));
    }

    /// The answer (2.2.8).
    pub(crate) fn logged_off(&self, out: &mut Vec<u8>, random: &mut Random) {
        self.packet(out, 2, Writer::Server(SUCCESS), random, |out, _| out.put(&[4, 0, 0, 0]));
    }
}
