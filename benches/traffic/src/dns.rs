//! Questions to a name server and its answers (RFC 1035, 4).

use crate::octets::Octets as _;
use crate::random::Random;

/// A question for the address of a name.
pub(crate) fn question(out: &mut Vec<u8>, id: u16, name: &str) {
    head(out, id, 0x0100, 0);
    asked(out, name);
}

/// Its answer.
pub(crate) fn answer(out: &mut Vec<u8>, id: u16, name: &str, random: &mut Random) {
    head(out, id, 0x8180, 1);
    asked(out, name);
    out.be16(0xc00c);
    out.be16(1);
    out.be16(1);
    out.be32(300);
    out.be16(4);
    out.put(&random.array::<4>());
}

fn head(out: &mut Vec<u8>, id: u16, flags: usize, answers: usize) {
    out.be16(usize::from(id));
    for number in [flags, 1, answers, 0, 0] {
        out.be16(number);
    }
}

fn asked(out: &mut Vec<u8>, name: &str) {
    for label in name.split('.') {
        out.put(&[label.len() as u8]);
        out.put(label.as_bytes());
    }
    out.zeros(1);
    out.be16(1);
    out.be16(1);
}
