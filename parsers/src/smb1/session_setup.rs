//! `SMB_COM_SESSION_SETUP_ANDX` ([MS-CIFS] 2.2.4.53, [MS-SMB] 2.2.4.6). The number of words tells the form.

use super::{Body, Name};
use crate::ParseError;
use crate::secret::Secret;
use crate::smb::Buffer;
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32};
use nom::{IResult, Parser};

/// `SESSION_SETUP_ANDX` request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupRequest<'a> {
    /// The client's capabilities; LANMAN clients say none.
    pub capabilities: Option<u32>,
    /// Who logs on, and how.
    pub credentials: Credentials<'a>,
    /// `NativeOS`.
    pub native_os: Name<'a>,
    /// `NativeLanMan`.
    pub native_lan_man: Name<'a>,
}

/// The part of the request that the forms differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// Twelve words: a token ([MS-SMB] 2.2.4.6.1).
    Extended(Buffer<'a>),
    /// Thirteen words ([MS-CIFS] 2.2.4.53.1), or ten (LANMAN 2.1, without the Unicode password).
    Plain {
        /// `OEMPassword`: the LM response, or the password itself where the server asked for it.
        oem_password: Secret<'a>,
        /// `UnicodePassword`: the NT response, or the password itself.
        unicode_password: Secret<'a>,
        /// `AccountName`.
        account: Name<'a>,
        /// `PrimaryDomain`.
        domain: Name<'a>,
    },
}

/// `SESSION_SETUP_ANDX` response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupResponse<'a> {
    /// `Action`; see [`SessionSetupResponse::is_guest`].
    pub action: u16,
    /// The server's token; `None` without extended security.
    pub blob: Option<Buffer<'a>>,
    /// `NativeOS`.
    pub native_os: Name<'a>,
    /// `NativeLanMan`.
    pub native_lan_man: Name<'a>,
    /// `PrimaryDomain`; empty where the server sends none.
    pub domain: Name<'a>,
}

impl SessionSetupResponse<'_> {
    /// `SMB_SETUP_GUEST`: the client was let in as guest.
    pub fn is_guest(&self) -> bool {
        self.action & 0x0001 != 0
    }
}

pub(super) fn request<'a>(body: &Body<'a>) -> Result<SessionSetupRequest<'a>, ParseError> {
    let error = |_| body.words_error("SMB1 SESSION_SETUP_ANDX request WordCount");
    match body.words.len() {
        EXTENDED => {
            let (_, (len, capabilities)) = extended_fields(body.words).map_err(error)?;
            let (blob, mut names) = blob(body, len);
            Ok(SessionSetupRequest {
                capabilities: Some(capabilities),
                credentials: Credentials::Extended(blob),
                native_os: names.take(),
                native_lan_man: names.take(),
            })
        }
        PLAIN => {
            let (_, (oem, unicode, capabilities)) = plain_fields(body.words).map_err(error)?;
            Ok(plain(body, oem, unicode, Some(capabilities)))
        }
        LANMAN => {
            let (_, len) = lanman_fields(body.words).map_err(error)?;
            Ok(plain(body, len, 0, None))
        }
        _ => Err(body.words_error("SMB1 SESSION_SETUP_ANDX request WordCount")),
    }
}

fn plain<'a>(body: &Body<'a>, oem: u16, unicode: u16, capabilities: Option<u32>) -> SessionSetupRequest<'a> {
    let (oem, unicode) = (usize::from(oem), usize::from(unicode));
    let (oem_password, rest) = body.bytes.split_at_checked(oem).unwrap_or((body.bytes, &[]));
    let unicode_password = rest.get(..unicode).unwrap_or(rest);
    let mut names = body.names(oem.saturating_add(unicode));
    let credentials = Credentials::Plain {
        oem_password: Secret::new(oem_password),
        unicode_password: Secret::new(unicode_password),
        account: names.take(),
        domain: names.take(),
    };
    SessionSetupRequest { capabilities, credentials, native_os: names.take(), native_lan_man: names.take() }
}

pub(super) fn response<'a>(body: &Body<'a>) -> Result<SessionSetupResponse<'a>, ParseError> {
    let Ok((rest, action)) = response_fields(body.words) else {
        return Err(body.words_error("SMB1 SESSION_SETUP_ANDX response WordCount"));
    };
    let (blob, mut names) = match rest.first_chunk::<2>() {
        Some(len) => {
            let (blob, names) = blob(body, u16::from_le_bytes(*len));
            (Some(blob), names)
        }
        None => (None, body.names(0)),
    };
    Ok(SessionSetupResponse {
        action,
        blob,
        native_os: names.take(),
        native_lan_man: names.take(),
        domain: names.take(),
    })
}

/// The token at the start of the data, and the names behind it.
fn blob<'a>(body: &Body<'a>, len: u16) -> (Buffer<'a>, super::Names<'a>) {
    (Buffer::of(body.bytes, 0, len), body.names(usize::from(len)))
}

/// `AndX`, `MaxBufferSize`, `MaxMpxCount`, `VcNumber` and `SessionKey`, which no one needs.
fn common(i: &[u8]) -> IResult<&[u8], (), ()> {
    let (i, _common) = take(14_usize).parse(i)?;
    Ok((i, ()))
}

fn extended_fields(i: &[u8]) -> IResult<&[u8], (u16, u32), ()> {
    let (i, ()) = common(i)?;
    let (i, blob_len) = le_u16.parse(i)?;
    let (i, _reserved) = le_u32.parse(i)?;
    let (i, capabilities) = le_u32.parse(i)?;
    Ok((i, (blob_len, capabilities)))
}

fn plain_fields(i: &[u8]) -> IResult<&[u8], (u16, u16, u32), ()> {
    let (i, ()) = common(i)?;
    let (i, oem_len) = le_u16.parse(i)?;
    let (i, unicode_len) = le_u16.parse(i)?;
    let (i, _reserved) = le_u32.parse(i)?;
    let (i, capabilities) = le_u32.parse(i)?;
    Ok((i, (oem_len, unicode_len, capabilities)))
}

fn lanman_fields(i: &[u8]) -> IResult<&[u8], u16, ()> {
    let (i, ()) = common(i)?;
    le_u16.parse(i)
}

fn response_fields(i: &[u8]) -> IResult<&[u8], u16, ()> {
    let (i, _andx) = le_u32.parse(i)?;
    le_u16.parse(i)
}

/// Bytes of twelve words.
const EXTENDED: usize = 24;
/// Bytes of thirteen words.
const PLAIN: usize = 26;
/// Bytes of ten words.
const LANMAN: usize = 20;
