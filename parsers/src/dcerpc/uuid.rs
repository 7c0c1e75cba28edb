//! Interfaces by their UUIDs.

use super::ByteOrder;
use std::fmt;

/// A UUID (C706 appendix A), its first digit in the highest bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub u128);

impl Uuid {
    /// A UUID as it is sent: three numbers in the sender's order, then eight bytes.
    pub(super) fn of(bytes: [u8; 16], order: ByteOrder) -> Self {
        let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = bytes;
        let high = u64::from(order.u32([a0, a1, a2, a3])) << 32
            | u64::from(order.u16([b0, b1])) << 16
            | u64::from(order.u16([c0, c1]));
        Self(u128::from(high) << 64 | u128::from(u64::from_be_bytes(rest)))
    }

    /// The name of the interface, as its specification spells it.
    pub fn name(self) -> Option<&'static str> {
        INTERFACES.iter().find(|(uuid, _)| *uuid == self.0).map(|(_, name)| *name)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let mut rest = digits.as_str();
        for length in [8, 4, 4, 4] {
            let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            write!(f, "{part}-")?;
            rest = after;
        }
        f.write_str(rest)
    }
}

/// Sorted by what they are for. The comment names the specification.
const INTERFACES: [(u128, &str); 62] = [
    // Directory, logons and policies: [MS-SAMR], [MS-LSAD], [MS-NRPC], [MS-DRSR], [MS-DSSP], [MS-BKRP], [MS-NSPI].
    (0x12345778_1234_abcd_ef00_0123456789ac, "samr"),
    (0x12345778_1234_abcd_ef00_0123456789ab, "lsarpc"),
    (0x12345678_1234_abcd_ef00_01234567cffb, "netlogon"),
    (0xe3514235_4b06_11d1_ab04_00c04fc2dcd2, "drsuapi"),
    (0x7c44d7d4_31d5_424c_bd5e_2b3e1f323d22, "dsaop"),
    (0x3919286a_b10c_11d0_9ba8_00c04fd92ef5, "dssetup"),
    (0x3dde7c30_165d_11d1_ab8f_00805f14db40, "BackupKey"),
    (0xf5cc5a18_4264_101a_8c59_08002b2f8426, "nspi"),
    (0x1544f5e0_613c_11d1_93df_00c04fd7bd09, "rfri"),
    (0xa4f1db00_ca47_1067_b31f_00dd010662da, "emsmdb"),
    // Printing: [MS-RPRN], [MS-PAR], [MS-PAN].
    (0x12345678_1234_abcd_ef00_0123456789ab, "spoolss"),
    (0x76f03f96_cdfd_44fc_a22c_64950a001209, "IRemoteWinspool"),
    (0x0b6edbfa_4a24_4fc6_8a23_942b1eca65d1, "IRPCAsyncNotify"),
    (0xae33069b_a2a8_46ee_a235_ddfd339be281, "IRPCRemoteObject"),
    // Clusters: [MS-CMRP].
    (0xb97db8b2_4c63_11cf_bff6_08002be23f2f, "ClusAPI"),
    // Services, registry, tasks and logs: [MS-SCMR], [MS-RRP], [MS-TSCH], [MS-EVEN], [MS-EVEN6], [MS-RSP].
    (0x367abb81_9844_35f1_ad32_98f038001003, "svcctl"),
    (0x338cd001_2244_31f1_aaaa_900038001003, "winreg"),
    (0x86d35949_83c9_4044_b424_db363231fd0c, "ITaskSchedulerService"),
    (0x1ff70682_0a51_30e8_076d_740be8cee98b, "atsvc"),
    (0x378e52b0_c0a9_11cf_822d_00aa0051e40f, "SASec"),
    (0x82273fdc_e32a_18c3_3f78_827929dc23ea, "eventlog"),
    (0xf6beaff7_1e19_4fbb_9f8f_b89e2018337c, "IEventService"),
    (0x894de0c0_0d55_11d3_a322_00c04fa321a1, "InitShutdown"),
    (0xd95afe70_a6d5_4259_822e_2c84da1ddb0d, "WindowsShutdown"),
    // Servers and workstations: [MS-SRVS], [MS-WKST], [MS-DFSNM], [MS-EFSR], [MS-FSRVP], [MS-MSRP], [MS-DLTW], [MS-DLTM], [MS-FRS1], [MS-FRS2].
    (0x4b324fc8_1670_01d3_1278_5a47bf6ee188, "srvsvc"),
    (0x6bffd098_a112_3610_9833_46c3f87e345a, "wkssvc"),
    (0x4fc742e0_4a10_11cf_8273_00aa004ae673, "netdfs"),
    (0xc681d488_d850_11d0_8c52_00c04fd90f7e, "efsrpc"),
    (0xdf1941c5_fe89_4e79_bf10_463657acf44d, "efsrpc"),
    (0xa8e0653c_2744_4389_a61d_7373df8b2292, "FileServerVssAgent"),
    (0x17fdd703_1827_4e34_79d4_24a55c53bb37, "msgsvc"),
    (0x300f3532_38cc_11d0_a3f0_0020af6b0add, "trkwks"),
    (0x4da1c422_943d_11d1_acae_00c04fc2aa3f, "trksvr"),
    (0xf5cc59b4_4264_101a_8c59_08002b2f8426, "frsrpc"),
    (0x897e2e5f_93f3_4376_9c9c_fd2277495c27, "FrsTransport"),
    // Terminal services: [MS-TSTS].
    (0x484809d6_4239_471b_b5bc_61df8c23ac48, "TermSrvSession"),
    (0x11899a43_2b68_4a76_92e3_a3d6ad8c26ce, "TermSrvNotification"),
    (0x88143fd0_c28d_4b2b_8fef_8d882f6a9390, "TermSrvEnumeration"),
    (0x5ca4a760_ebb1_11cf_8611_00a0245420ed, "IcaApi"),
    // Names and addresses: [MS-DNSP], [MS-DHCPM].
    (0x50abc2a4_574d_40b3_9d66_ee4fd5fba076, "DnsServer"),
    (0x6bffd098_a112_3610_9833_46c3f874532d, "dhcpsrv"),
    (0x5b821720_f63b_11d0_aad2_00c04fc324db, "dhcpsrv2"),
    // Certificates: [MS-ICPR], [MS-WCCE], [MS-CSRA].
    (0x91ae6020_9e3c_11cf_8d7c_00aa00c091be, "ICertPassage"),
    (0xd99e6e70_fc88_11d0_b498_00a0c90312f3, "ICertRequestD"),
    (0x5422fd3a_d4b8_4cef_a12e_e87d4ca22e90, "ICertRequestD2"),
    (0xd99e6e71_fc88_11d0_b498_00a0c90312f3, "ICertAdminD"),
    // The runtime and DCOM: C706 appendices O and Q, [MS-DCOM], [MS-OAUT].
    (0xe1af8308_5d1f_11c9_91a4_08002b14a0fa, "epmapper"),
    (0xafa8bd80_7d8a_11c9_bef4_08002b102989, "mgmt"),
    (0x99fcfec4_5260_101b_bbcb_00aa0021347a, "IObjectExporter"),
    (0x4d9f4ab8_7d1c_11cf_861e_0020af6e7c57, "IActivation"),
    (0x000001a0_0000_0000_c000_000000000046, "IRemoteSCMActivator"),
    (0x00000131_0000_0000_c000_000000000046, "IRemUnknown"),
    (0x00000143_0000_0000_c000_000000000046, "IRemUnknown2"),
    (0x00020400_0000_0000_c000_000000000046, "IDispatch"),
    // WMI: [MS-WMI].
    (0xf309ad18_d86a_11d0_a075_00c04fb68820, "IWbemLevel1Login"),
    (0xd4781cd6_e5d3_44df_ad94_930efe48a887, "IWbemLoginClientID"),
    (0x9556dc99_828c_11cf_a37e_00aa003240c7, "IWbemServices"),
    (0x027947e1_d731_11ce_a357_000000000001, "IEnumWbemClassObject"),
    (0x1c1c45ee_4395_11d2_b60b_00104b703efd, "IWbemFetchSmartEnum"),
    (0x423ec01e_2e35_11d2_b604_00104b703efd, "IWbemWCOSmartEnum"),
    (0xdc12a681_737f_11cf_884d_00aa004b2e24, "IWbemClassObject"),
    // Firewall: [MS-FASP].
    (0x6b5bdd1e_528c_422c_af8c_a4079be4fe48, "RemoteFW"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_shown_as_it_is_written() {
        // The interface of [MS-SCMR] 2.1.1.
        let wire =
            [0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03];
        let uuid = Uuid::of(wire, ByteOrder::Little);
        assert_eq!(uuid.to_string(), "367abb81-9844-35f1-ad32-98f038001003");
        assert_eq!(uuid.name(), Some("svcctl"));
        assert_eq!(Uuid(1).to_string(), "00000000-0000-0000-0000-000000000001");
    }

    #[test]
    fn every_interface_is_named_once() {
        for (at, (uuid, _)) in INTERFACES.iter().enumerate() {
            assert!(INTERFACES.iter().skip(at).skip(1).all(|(other, _)| other != uuid), "{}", Uuid(*uuid));
        }
    }
}
