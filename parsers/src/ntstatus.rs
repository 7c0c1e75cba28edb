//! Names of the NTSTATUS values that meet an authentication ([MS-ERREF] 2.3.1).

use std::fmt;

/// An NTSTATUS ([MS-ERREF] 2.3). Shown by its name, or in hexadecimal where it has none here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NtStatus(pub u32);

impl NtStatus {
    /// It worked.
    pub const SUCCESS: Self = Self(0x0000_0000);
    /// One more round trip of tokens.
    pub const MORE_PROCESSING_REQUIRED: Self = Self(0xc000_0016);
    /// An interim answer; the real one follows.
    pub const PENDING: Self = Self(0x0000_0103);

    /// Whether a server answers with an error response: severity error, but for the round trips of a logon.
    pub fn is_error(self) -> bool {
        self.0 >> 30 == 3 && self != Self::MORE_PROCESSING_REQUIRED
    }

    /// The name in [MS-ERREF].
    pub fn name(self) -> Option<&'static str> {
        NAMES
            .binary_search_by_key(&self.0, |(value, _)| *value)
            .ok()
            .and_then(|at| NAMES.get(at))
            .map(|(_, name)| *name)
    }
}

impl fmt::Display for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:08x}", self.0),
        }
    }
}

/// Sorted by value.
#[rustfmt::skip]
const NAMES: &[(u32, &str)] = &[
    (0x0000_0000, "STATUS_SUCCESS"),
    (0x0000_0103, "STATUS_PENDING"),
    (0x0000_010b, "STATUS_NOTIFY_CLEANUP"),
    (0x0000_010c, "STATUS_NOTIFY_ENUM_DIR"),
    (0x8000_0005, "STATUS_BUFFER_OVERFLOW"),
    (0x8000_002d, "STATUS_STOPPED_ON_SYMLINK"),
    (0xc000_0001, "STATUS_UNSUCCESSFUL"),
    (0xc000_0002, "STATUS_NOT_IMPLEMENTED"),
    (0xc000_0008, "STATUS_INVALID_HANDLE"),
    (0xc000_000d, "STATUS_INVALID_PARAMETER"),
    (0xc000_0010, "STATUS_INVALID_DEVICE_REQUEST"),
    (0xc000_0016, "STATUS_MORE_PROCESSING_REQUIRED"),
    (0xc000_0017, "STATUS_NO_MEMORY"),
    (0xc000_0022, "STATUS_ACCESS_DENIED"),
    (0xc000_0033, "STATUS_OBJECT_NAME_INVALID"),
    (0xc000_0034, "STATUS_OBJECT_NAME_NOT_FOUND"),
    (0xc000_003a, "STATUS_OBJECT_PATH_NOT_FOUND"),
    (0xc000_005e, "STATUS_NO_LOGON_SERVERS"),
    (0xc000_005f, "STATUS_NO_SUCH_LOGON_SESSION"),
    (0xc000_0060, "STATUS_NO_SUCH_PRIVILEGE"),
    (0xc000_0061, "STATUS_PRIVILEGE_NOT_HELD"),
    (0xc000_0062, "STATUS_INVALID_ACCOUNT_NAME"),
    (0xc000_0064, "STATUS_NO_SUCH_USER"),
    (0xc000_006a, "STATUS_WRONG_PASSWORD"),
    (0xc000_006d, "STATUS_LOGON_FAILURE"),
    (0xc000_006e, "STATUS_ACCOUNT_RESTRICTION"),
    (0xc000_006f, "STATUS_INVALID_LOGON_HOURS"),
    (0xc000_0070, "STATUS_INVALID_WORKSTATION"),
    (0xc000_0071, "STATUS_PASSWORD_EXPIRED"),
    (0xc000_0072, "STATUS_ACCOUNT_DISABLED"),
    (0xc000_0073, "STATUS_NONE_MAPPED"),
    (0xc000_009a, "STATUS_INSUFFICIENT_RESOURCES"),
    (0xc000_00b5, "STATUS_IO_TIMEOUT"),
    (0xc000_00bb, "STATUS_NOT_SUPPORTED"),
    (0xc000_00be, "STATUS_BAD_NETWORK_PATH"),
    (0xc000_00c3, "STATUS_INVALID_NETWORK_RESPONSE"),
    (0xc000_00c9, "STATUS_NETWORK_NAME_DELETED"),
    (0xc000_00ca, "STATUS_NETWORK_ACCESS_DENIED"),
    (0xc000_00cc, "STATUS_BAD_NETWORK_NAME"),
    (0xc000_00d0, "STATUS_REQUEST_NOT_ACCEPTED"),
    (0xc000_00dc, "STATUS_INVALID_SERVER_STATE"),
    (0xc000_00df, "STATUS_NO_SUCH_DOMAIN"),
    (0xc000_00e5, "STATUS_INTERNAL_ERROR"),
    (0xc000_010b, "STATUS_INVALID_LOGON_TYPE"),
    (0xc000_0122, "STATUS_INVALID_COMPUTER_NAME"),
    (0xc000_0133, "STATUS_TIME_DIFFERENCE_AT_DC"),
    (0xc000_0155, "STATUS_LOGON_NOT_GRANTED"),
    (0xc000_015b, "STATUS_LOGON_TYPE_NOT_GRANTED"),
    (0xc000_018a, "STATUS_NO_TRUST_LSA_SECRET"),
    (0xc000_018b, "STATUS_NO_TRUST_SAM_ACCOUNT"),
    (0xc000_018c, "STATUS_TRUSTED_DOMAIN_FAILURE"),
    (0xc000_018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"),
    (0xc000_0190, "STATUS_TRUST_FAILURE"),
    (0xc000_0192, "STATUS_NETLOGON_NOT_STARTED"),
    (0xc000_0193, "STATUS_ACCOUNT_EXPIRED"),
    (0xc000_0195, "STATUS_NETWORK_CREDENTIAL_CONFLICT"),
    (0xc000_0196, "STATUS_REMOTE_SESSION_LIMIT"),
    (0xc000_0198, "STATUS_NOLOGON_INTERDOMAIN_TRUST_ACCOUNT"),
    (0xc000_0199, "STATUS_NOLOGON_WORKSTATION_TRUST_ACCOUNT"),
    (0xc000_019a, "STATUS_NOLOGON_SERVER_TRUST_ACCOUNT"),
    (0xc000_019b, "STATUS_DOMAIN_TRUST_INCONSISTENT"),
    (0xc000_0201, "STATUS_NETWORK_OPEN_RESTRICTION"),
    (0xc000_0203, "STATUS_USER_SESSION_DELETED"),
    (0xc000_0224, "STATUS_PASSWORD_MUST_CHANGE"),
    (0xc000_0225, "STATUS_NOT_FOUND"),
    (0xc000_0233, "STATUS_DOMAIN_CONTROLLER_NOT_FOUND"),
    (0xc000_0234, "STATUS_ACCOUNT_LOCKED_OUT"),
    (0xc000_0257, "STATUS_PATH_NOT_COVERED"),
    (0xc000_02c3, "STATUS_MUTUAL_AUTHENTICATION_FAILED"),
    (0xc000_035b, "STATUS_BAD_BINDINGS"),
    (0xc000_035c, "STATUS_NETWORK_SESSION_EXPIRED"),
    (0xc000_0371, "STATUS_NO_SECRETS"),
    (0xc000_0388, "STATUS_DOWNGRADE_DETECTED"),
    (0xc000_0413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"),
    (0xc000_0418, "STATUS_NTLM_BLOCKED"),
    (0xc000_0466, "STATUS_SERVER_UNAVAILABLE"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_so_that_they_are_found() {
        assert!(NAMES.is_sorted_by(|(a, _), (b, _)| a < b));
        for (value, name) in NAMES {
            assert_eq!(NtStatus(*value).to_string(), *name);
        }
    }

    #[test]
    fn an_unknown_status_is_shown_in_hexadecimal() {
        assert_eq!(NtStatus(0xc000_9999).to_string(), "0xc0009999");
    }

    #[test]
    fn a_round_trip_and_a_warning_are_no_errors() {
        assert!(!NtStatus::SUCCESS.is_error() && !NtStatus::MORE_PROCESSING_REQUIRED.is_error());
        assert!(!NtStatus(0x8000_0005).is_error() && NtStatus(0xc000_006d).is_error());
    }
}
