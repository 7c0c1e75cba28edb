//! Who asks for a logon, and in which fields.

use ntlmscope_parsers::http::Survey;

use crate::model::{Carrier, Channel, Ending};

/// Who asks for a logon: the origin server, or a proxy on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Server,
    Proxy,
}

impl Asker {
    pub(super) const ALL: [Self; 2] = [Self::Server, Self::Proxy];
    /// What is inside bodies has channels of its own after these.
    pub(super) const LAST_CHANNEL: u32 = 1;

    pub(super) fn channel(self) -> Channel {
        match self {
            Self::Server => Channel(0),
            Self::Proxy => Channel(1),
        }
    }

    pub(super) fn carrier(self) -> Carrier {
        match self {
            Self::Server => Carrier::Http,
            Self::Proxy => Carrier::HttpProxy,
        }
    }

    /// What a client gives it.
    pub(super) fn credentials<'a>(self, survey: &Survey<'a>) -> Option<&'a [u8]> {
        match self {
            Self::Server => survey.authorization,
            Self::Proxy => survey.proxy_authorization,
        }
    }

    /// Whether it asks for a logon, or answers one.
    pub(super) fn is_asking(self, survey: &Survey<'_>) -> bool {
        match self {
            Self::Server => survey.has_www_authenticate,
            Self::Proxy => survey.has_proxy_authenticate,
        }
    }

    pub(super) fn challenge_field(self) -> &'static str {
        match self {
            Self::Server => "www-authenticate",
            Self::Proxy => "proxy-authenticate",
        }
    }

    pub(super) fn refusal(self) -> u16 {
        match self {
            Self::Server => 401,
            Self::Proxy => 407,
        }
    }

    /// What a final status means for a logon that was sent with the request.
    pub(super) fn judge(self, status: u16) -> Ending {
        match (self, status) {
            (Self::Server, 401) | (Self::Proxy, 407) => Ending::Failure,
            // The proxy has not asked the server, or the request was not even read; gateways and broken servers say nothing.
            (Self::Server, 407 | 500..) | (_, 400 | 408 | 413 | 429 | 431) => Ending::Unknown,
            _ => Ending::Success,
        }
    }
}
