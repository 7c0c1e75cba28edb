//! `NegotiateFlags` ([MS-NLMP] 2.2.2.5).

use crate::names::bits;

bits! {
    /// `NEGOTIATE` flags ([MS-NLMP] 2.2.2.5), named as there, without `NTLMSSP_`.
    ///
    /// All 32 bits have a name: `r1` to `r10` are reserved. Bit J has none in the specification and is
    /// `NEGOTIATE_ANONYMOUS` here.
    Flags {
        NEGOTIATE_UNICODE = 0x0000_0001 "NEGOTIATE_UNICODE",
        NEGOTIATE_OEM = 0x0000_0002 "NEGOTIATE_OEM",
        REQUEST_TARGET = 0x0000_0004 "REQUEST_TARGET",
        R10 = 0x0000_0008 "r10",
        NEGOTIATE_SIGN = 0x0000_0010 "NEGOTIATE_SIGN",
        NEGOTIATE_SEAL = 0x0000_0020 "NEGOTIATE_SEAL",
        NEGOTIATE_DATAGRAM = 0x0000_0040 "NEGOTIATE_DATAGRAM",
        NEGOTIATE_LM_KEY = 0x0000_0080 "NEGOTIATE_LM_KEY",
        R9 = 0x0000_0100 "r9",
        NEGOTIATE_NTLM = 0x0000_0200 "NEGOTIATE_NTLM",
        R8 = 0x0000_0400 "r8",
        NEGOTIATE_ANONYMOUS = 0x0000_0800 "NEGOTIATE_ANONYMOUS",
        NEGOTIATE_OEM_DOMAIN_SUPPLIED = 0x0000_1000 "NEGOTIATE_OEM_DOMAIN_SUPPLIED",
        NEGOTIATE_OEM_WORKSTATION_SUPPLIED = 0x0000_2000 "NEGOTIATE_OEM_WORKSTATION_SUPPLIED",
        R7 = 0x0000_4000 "r7",
        NEGOTIATE_ALWAYS_SIGN = 0x0000_8000 "NEGOTIATE_ALWAYS_SIGN",
        TARGET_TYPE_DOMAIN = 0x0001_0000 "TARGET_TYPE_DOMAIN",
        TARGET_TYPE_SERVER = 0x0002_0000 "TARGET_TYPE_SERVER",
        R6 = 0x0004_0000 "r6",
        NEGOTIATE_EXTENDED_SESSIONSECURITY = 0x0008_0000 "NEGOTIATE_EXTENDED_SESSIONSECURITY",
        NEGOTIATE_IDENTIFY = 0x0010_0000 "NEGOTIATE_IDENTIFY",
        R5 = 0x0020_0000 "r5",
        REQUEST_NON_NT_SESSION_KEY = 0x0040_0000 "REQUEST_NON_NT_SESSION_KEY",
        NEGOTIATE_TARGET_INFO = 0x0080_0000 "NEGOTIATE_TARGET_INFO",
        R4 = 0x0100_0000 "r4",
        NEGOTIATE_VERSION = 0x0200_0000 "NEGOTIATE_VERSION",
        R3 = 0x0400_0000 "r3",
        R2 = 0x0800_0000 "r2",
        R1 = 0x1000_0000 "r1",
        NEGOTIATE_128 = 0x2000_0000 "NEGOTIATE_128",
        NEGOTIATE_KEY_EXCH = 0x4000_0000 "NEGOTIATE_KEY_EXCH",
        NEGOTIATE_56 = 0x8000_0000 "NEGOTIATE_56",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_has_one_name() {
        assert_eq!(Flags(u32::MAX).names().count(), 32);
        assert_eq!(Flags(0).names().count(), 0);
    }

    /// [MS-NLMP] 4.2.2 names the flags of its example, 33 82 02 e2.
    #[test]
    fn flags_of_the_ntlmv1_example_have_the_names_of_the_specification() {
        let names: Vec<_> = Flags(0xe202_8233).names().collect();
        let expected = [
            "NEGOTIATE_UNICODE",
            "NEGOTIATE_OEM",
            "NEGOTIATE_SIGN",
            "NEGOTIATE_SEAL",
            "NEGOTIATE_NTLM",
            "NEGOTIATE_ALWAYS_SIGN",
            "TARGET_TYPE_SERVER",
            "NEGOTIATE_VERSION",
            "NEGOTIATE_128",
            "NEGOTIATE_KEY_EXCH",
            "NEGOTIATE_56",
        ];
        assert_eq!(names, expected);
    }
}
