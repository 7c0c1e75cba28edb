//! What the messages between a client and a service say (RFC 4120, 5.5 and 5.9.1).

use ntlmscope_parsers::krb5::{ApOptions, Message, PrincipalName};

use super::draft::{clipped, shown};
use crate::model::{Kerberos, Name, Word};

/// Adds what a message says.
pub(super) fn take(kerberos: &mut Kerberos, message: &Message<'_>) {
    match message {
        Message::ApReq(request) => {
            let ticket = request.ticket.as_ref();
            kerberos.pvno = request.pvno.and_then(|number| u8::try_from(number).ok());
            kerberos.realm = ticket.and_then(|ticket| ticket.realm).map(shown);
            kerberos.sname = ticket.and_then(|ticket| ticket.sname.as_ref()).and_then(principal);
            kerberos.ticket_etype = ticket.and_then(|ticket| ticket.enc_part.etype).map(Word::from);
            kerberos.authenticator_etype = request.authenticator.etype.map(Word::from);
            kerberos.mutual = request.ap_options.map(|options| options.contains(ApOptions::MUTUAL_REQUIRED));
            kerberos.u2u = request.ap_options.map(|options| options.contains(ApOptions::USE_SESSION_KEY));
        }
        Message::ApRep(_) => kerberos.ap_rep = Some(true),
        Message::Error(error) => {
            kerberos.error = error.error_code.map(Word::from);
            kerberos.error_code = error.error_code.map(|code| code.0);
            kerberos.cname = error.cname.as_ref().and_then(principal).or_else(|| kerberos.cname.take());
            kerberos.sname = kerberos.sname.take().or_else(|| error.sname.as_ref().and_then(principal));
            kerberos.realm = kerberos.realm.take().or_else(|| error.realm.map(shown));
        }
        Message::TgtReq(request) => {
            kerberos.sname = request.server_name.as_ref().and_then(principal);
            kerberos.realm = request.realm.map(shown);
            kerberos.u2u = Some(true);
        }
        Message::TgtRep(_) => kerberos.u2u = Some(true),
        Message::KdcReq(_) | Message::KdcRep(_) => {}
    }
}

/// A principal name as a record holds it; `None` where it has no component.
pub(super) fn principal(name: &PrincipalName<'_>) -> Option<Name> {
    (!name.name_string.is_empty()).then(|| clipped(name.to_string_lossy()))
}
