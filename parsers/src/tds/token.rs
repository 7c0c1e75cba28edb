//! The tokens of a tabular result that answers a login ([MS-TDS] 2.2.7).

use nom::Parser as _;
use nom::bytes::complete::take;
use nom::number::complete::{le_i32, le_u8, le_u16, le_u32};

use crate::secret::Secret;

/// A token that belongs to a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// SSPI ([MS-TDS] 2.2.7.22): a security token of the server.
    Sspi(Secret<'a>),
    /// LOGINACK ([MS-TDS] 2.2.7.14): the login was granted.
    LoginAck,
    /// ERROR ([MS-TDS] 2.2.7.10), and its number.
    Error(i32),
}

/// The tokens of a message.
#[derive(Clone, Debug)]
pub struct Tokens<'a>(&'a [u8]);

/// The tokens of a message that belong to a login. They end with the first that only queries have, and where one is cut.
pub fn tokens(message: &[u8]) -> Tokens<'_> {
    Tokens(message)
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Ok((rest, token)) = token(self.0) else {
                self.0 = &[];
                return None;
            };
            self.0 = rest;
            if token.is_some() {
                return token;
            }
        }
    }
}

/// A token; `None` inside where it says nothing of a login.
fn token(i: &[u8]) -> nom::IResult<&[u8], Option<Token<'_>>> {
    let (i, kind) = le_u8.parse(i)?;
    match kind {
        ERROR => {
            let (i, value) = value(i)?;
            let (_, number) = le_i32.parse(value)?;
            Ok((i, Some(Token::Error(number))))
        }
        LOGINACK => value(i).map(|(i, _)| (i, Some(Token::LoginAck))),
        SSPI => value(i).map(|(i, token)| (i, Some(Token::Sspi(Secret::new(token))))),
        INFO | ENVCHANGE => value(i).map(|(i, _)| (i, None)),
        SESSIONSTATE | FEDAUTHINFO => {
            let (i, len) = le_u32.parse(i)?;
            take(len).parse(i).map(|(i, _)| (i, None))
        }
        FEATUREEXTACK => features(i).map(|i| (i, None)),
        _ => Err(nom::Err::Error(nom::error::Error::new(i, nom::error::ErrorKind::Tag))),
    }
}

fn value(i: &[u8]) -> nom::IResult<&[u8], &[u8]> {
    let (i, len) = le_u16.parse(i)?;
    take(len).parse(i)
}

/// What follows a list of features, which ends with 0xFF ([MS-TDS] 2.2.7.11).
fn features(mut i: &[u8]) -> Result<&[u8], nom::Err<nom::error::Error<&[u8]>>> {
    loop {
        let (rest, id) = le_u8.parse(i)?;
        if id == 0xff {
            return Ok(rest);
        }
        let (rest, len) = le_u32.parse(rest)?;
        (i, _) = take(len).parse(rest)?;
    }
}

const ERROR: u8 = 0xaa;
const INFO: u8 = 0xab;
const LOGINACK: u8 = 0xad;
const FEATUREEXTACK: u8 = 0xae;
const ENVCHANGE: u8 = 0xe3;
const SESSIONSTATE: u8 = 0xe4;
const SSPI: u8 = 0xed;
const FEDAUTHINFO: u8 = 0xee;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn a_refusal_has_its_number() {
        // Recorded in samples/18-tds-freetds-ntlm-wrong-password: ERROR 18456, DONE.
        let message = hex(
            "aa2800 18480000 01 0e 0d00 4c006f00670069006e0020006600610069006c00650064002e00 00 00 00000000
             fd 0200 0000 0000000000000000",
        );
        assert_eq!(tokens(&message).collect::<Vec<_>>(), [Token::Error(18456)]);
        assert_eq!(tokens(&message[..20]).count(), 0);
    }

    #[test]
    fn features_are_passed_over() {
        // [MS-TDS] 2.2.7.11: SESSIONRECOVERY with three bytes, then the end of the list, then a LOGINACK.
        let message = hex("ae 01 03000000 aabbcc ff ad 0100 01");
        assert_eq!(tokens(&message).collect::<Vec<_>>(), [Token::LoginAck]);
    }
}
