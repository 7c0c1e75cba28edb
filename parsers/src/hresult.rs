//! Names of the HRESULT codes with which security packages refuse a logon ([MS-ERREF] 2.1).

/// An HRESULT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HResult(pub u32);

impl HResult {
    /// Its name, where it is one that security packages give.
    pub fn name(self) -> Option<&'static str> {
        NAMES
            .binary_search_by_key(&self.0, |(code, _)| *code)
            .ok()
            .and_then(|at| NAMES.get(at))
            .map(|row| row.1)
    }
}

const NAMES: [(u32, &str); 24] = [
    (0x0000_0005, "ERROR_ACCESS_DENIED"),
    (0x0000_06fe, "ERROR_TRUST_FAILURE"),
    (0x8009_0300, "SEC_E_INSUFFICIENT_MEMORY"),
    (0x8009_0301, "SEC_E_INVALID_HANDLE"),
    (0x8009_0302, "SEC_E_UNSUPPORTED_FUNCTION"),
    (0x8009_0303, "SEC_E_TARGET_UNKNOWN"),
    (0x8009_0304, "SEC_E_INTERNAL_ERROR"),
    (0x8009_0305, "SEC_E_SECPKG_NOT_FOUND"),
    (0x8009_0306, "SEC_E_NOT_OWNER"),
    (0x8009_0308, "SEC_E_INVALID_TOKEN"),
    (0x8009_030c, "SEC_E_LOGON_DENIED"),
    (0x8009_030d, "SEC_E_UNKNOWN_CREDENTIALS"),
    (0x8009_030e, "SEC_E_NO_CREDENTIALS"),
    (0x8009_030f, "SEC_E_MESSAGE_ALTERED"),
    (0x8009_0311, "SEC_E_NO_AUTHENTICATING_AUTHORITY"),
    (0x8009_0317, "SEC_E_CONTEXT_EXPIRED"),
    (0x8009_0322, "SEC_E_WRONG_PRINCIPAL"),
    (0x8009_0324, "SEC_E_TIME_SKEW"),
    (0x8009_0328, "SEC_E_CERT_EXPIRED"),
    (0x8009_0331, "SEC_E_ALGORITHM_MISMATCH"),
    (0x8009_0342, "SEC_E_KDC_UNKNOWN_ETYPE"),
    (0x8009_0346, "SEC_E_BAD_BINDINGS"),
    (0x8009_0348, "SEC_E_NO_KERB_KEY"),
    (0x8009_035d, "SEC_E_MUTUAL_AUTH_FAILED"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_code_is_found() {
        assert!(NAMES.is_sorted_by_key(|(code, _)| *code));
        for (code, name) in NAMES {
            assert_eq!(HResult(code).name(), Some(name));
        }
        assert_eq!(HResult(0x8009_0307).name(), None);
    }
}
