//! Object identifiers of security mechanisms and their names.

use std::fmt;

/// An object identifier, borrowed as its DER content octets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl Oid<'static> {
    /// SPNEGO itself, 1.3.6.1.5.5.2 (RFC 4178 3).
    pub const SPNEGO: Self = Self(&[0x2b, 6, 1, 5, 5, 2]);
    /// Kerberos V5, 1.2.840.113554.1.2.2 (RFC 4121 4.1).
    pub const KRB5: Self = Self(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
    /// Kerberos as Windows names it, 1.2.840.48018.1.2.2: an arc of Kerberos V5 cut to 16 bits ([MS-SPNG] 3.1.5.2).
    pub const MS_KRB5: Self = Self(&[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2]);
    /// Kerberos user to user, 1.2.840.113554.1.2.2.3 ([MS-SPNG] 3.1.5.2).
    pub const KRB5_U2U: Self = Self(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3]);
    /// NTLM, 1.3.6.1.4.1.311.2.2.10 ([MS-SPNG] 1.9.1).
    pub const NTLMSSP: Self = Self(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10]);
    /// NegoEx, 1.3.6.1.4.1.311.2.2.30 ([MS-NEGOEX]).
    pub const NEGOEX: Self = Self(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30]);
    /// Negotiate Late Fallback, 1.3.6.1.4.1.311.2.2.40 ([MS-SPNG] 3.1.5.4).
    pub const LATE_FALLBACK: Self = Self(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 40]);
    /// Kerberos through the service, 1.3.6.1.5.2.5 ([MS-SPNG] 3.1.5.3).
    pub const IAKERB: Self = Self(&[0x2b, 6, 1, 5, 2, 5]);
    /// PKU2U, 1.3.6.1.5.2.7 ([MS-SPNG] 3.1.5.2).
    pub const PKU2U: Self = Self(&[0x2b, 6, 1, 5, 2, 7]);
    /// PKU2U in the arc 1.3.5.1.5.2.7, under which some tables list it.
    pub const PKU2U_OTHER: Self = Self(&[0x2b, 5, 1, 5, 2, 7]);
}

impl<'a> Oid<'a> {
    /// Wraps the content octets of an OBJECT IDENTIFIER.
    pub const fn new(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// The content octets.
    pub const fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The short name used in records, where the mechanism has one. The late fallback mark has none.
    pub fn name(&self) -> Option<&'static str> {
        NAMES.iter().find(|(oid, _)| oid.0 == self.0).map(|(_, name)| *name)
    }

    /// Whether it is one of those that mean Kerberos V5 between client and service.
    pub fn is_kerberos(&self) -> bool {
        [Oid::KRB5.0, Oid::MS_KRB5.0, Oid::KRB5_U2U.0].contains(&self.0)
    }
}

/// The name used in records, or else the dotted decimal form.
impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            return f.write_str(name);
        }
        let mut arc: u64 = 0;
        let mut is_first = true;
        for &octet in self.0 {
            // An arc of more than 64 bits loses its high ones: it has no meaning that a reader could miss.
            arc = (arc << 7) | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if is_first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc.saturating_sub(root.saturating_mul(40)))?;
                is_first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        if self.0.last().is_some_and(|&octet| octet & 0x80 == 0) { Ok(()) } else { f.write_str("?") }
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const NAMES: [(Oid<'static>, &str); 9] = [
    (Oid::MS_KRB5, "ms-krb5"),
    (Oid::KRB5, "krb5"),
    (Oid::KRB5_U2U, "krb5-u2u"),
    (Oid::NTLMSSP, "ntlmssp"),
    (Oid::NEGOEX, "negoex"),
    (Oid::IAKERB, "iakerb"),
    (Oid::PKU2U, "pku2u"),
    (Oid::PKU2U_OTHER, "pku2u"),
    (Oid::SPNEGO, "spnego"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mechanisms_have_names_and_the_rest_has_numbers() {
        let table: [(Oid<'_>, &str); 9] = [
            (Oid::MS_KRB5, "ms-krb5"),
            (Oid::PKU2U_OTHER, "pku2u"),
            (Oid::LATE_FALLBACK, "1.3.6.1.4.1.311.2.2.40"),
            (Oid::new(&[0x2b, 6, 1, 5, 5, 14]), "1.3.6.1.5.5.14"),
            (Oid::new(&[0x88, 0x37, 3]), "2.999.3"), // The example of X.690 8.19.5.
            (Oid::new(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 4]), "1.2.840.113554.1.2.2.4"),
            (Oid::new(&[0x2b, 0x86]), "1.3?"),
            (Oid::new(&[0xff; 40]), "?"),
            (Oid::new(&[]), "?"),
        ];
        for (oid, shown) in table {
            assert_eq!(oid.to_string(), shown);
        }
    }
}
