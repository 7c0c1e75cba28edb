//! Why a server refuses a bind or a call.

/// Status of a fault: those of C706 appendix E, and Windows errors ([MS-RPCE] 3.1.3.5.2, [MS-ERREF] 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaultStatus(pub u32);

impl FaultStatus {
    /// Whether it says that the client was not let in. The calls that follow a logon that failed are answered so.
    pub fn is_refusal(self) -> bool {
        matches!(self.0, 0x0000_06d3..=0x0000_06d5 | 0x0000_0721 | 0x1c01_000b)
    }

    /// Whether it may refuse the caller or only the call: nothing but the server knows.
    pub fn is_denial(self) -> bool {
        self.0 == 0x0000_0005
    }

    /// Its name.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x0000_0005 => "ERROR_ACCESS_DENIED",
            0x0000_06bf => "RPC_S_CALL_FAILED_DNE",
            0x0000_06d3 => "RPC_S_UNKNOWN_AUTHN_SERVICE",
            0x0000_06d4 => "RPC_S_UNKNOWN_AUTHN_LEVEL",
            0x0000_06d5 => "RPC_S_INVALID_AUTH_IDENTITY",
            0x0000_06f7 => "RPC_X_BAD_STUB_DATA",
            0x0000_0721 => "RPC_S_SEC_PKG_ERROR",
            0x1c00_001a => "nca_s_fault_context_mismatch",
            0x1c00_001b => "nca_s_fault_remote_no_memory",
            0x1c01_0001 => "nca_s_comm_failure",
            0x1c01_0002 => "nca_s_op_rng_error",
            0x1c01_0003 => "nca_unk_if",
            0x1c01_000b => "nca_proto_error",
            0x1c01_0014 => "nca_server_too_busy",
            0x1c01_0017 => "nca_unsupported_type",
            _ => return None,
        })
    }
}

/// Reason of a `bind_nak` (`p_reject_reason_t`, C706 12.6.3.1; 8 and 9 are of [MS-RPCE] 2.2.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RejectReason(pub u16);

impl RejectReason {
    /// Its name.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "reason_not_specified",
            1 => "temporary_congestion",
            2 => "local_limit_exceeded",
            3 => "called_paddr_unknown",
            4 => "protocol_version_not_supported",
            5 => "default_context_not_supported",
            6 => "user_data_not_readable",
            7 => "no_psap_available",
            8 => "authentication_type_not_recognized",
            9 => "invalid_checksum",
            _ => return None,
        })
    }
}
