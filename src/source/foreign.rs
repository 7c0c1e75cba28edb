//! Formats that are known and not read, each with what to do about it.

/// A format that is known and not read.
#[derive(Debug)]
pub(super) struct Foreign {
    /// Its name.
    pub(super) name: &'static str,
    /// What to do.
    pub(super) advice: &'static str,
    /// True where the file itself is a packet capture, which must not be passed over in silence.
    pub(super) has_packets: bool,
    at: usize,
    magic: &'static [u8],
}

/// How many bytes of a file are looked at.
pub(super) const HEAD: usize = 512;

/// The format that these first bytes of a file belong to.
pub(super) fn recognise(head: &[u8]) -> Option<&'static Foreign> {
    let known = FORMATS.iter().find(|format| {
        format.at.checked_add(format.magic.len()).and_then(|end| head.get(format.at..end))
            == Some(format.magic)
    });
    known.or_else(|| is_text(head).then_some(&TEXT))
}

/// Control characters other than white space do not occur in text; UTF-8 and the old code pages do not matter here.
fn is_text(head: &[u8]) -> bool {
    head.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
}

const EDITCAP: &str = "convert it with 'editcap -F pcapng IN OUT'";
const UNPACK: &str = "unpack it and give the captures inside";

const fn capture(name: &'static str, at: usize, magic: &'static [u8]) -> Foreign {
    Foreign { name, advice: EDITCAP, has_packets: true, at, magic }
}

const fn archive(name: &'static str, magic: &'static [u8]) -> Foreign {
    Foreign { name, advice: UNPACK, has_packets: false, at: 0, magic }
}

const fn trace_log(magic: &'static [u8]) -> Foreign {
    let advice = "convert it with 'etl2pcapng IN OUT'";
    Foreign { name: "Windows event trace (etl)", advice, has_packets: true, at: 72, magic }
}

const TEXT: Foreign = Foreign {
    name: "text",
    advice: "if it is a hex dump of packets, convert it with 'text2pcap IN OUT'",
    has_packets: false,
    at: 0,
    magic: &[],
};

const EVTX: Foreign = Foreign {
    name: "Windows event log (evtx)",
    advice: "it holds no packets, give the capture of the same time",
    has_packets: false,
    at: 0,
    magic: b"ElfFile\0",
};

const FORMATS: [Foreign; 25] = [
    capture("NetMon 1.x capture", 0, b"RTSS"),
    capture("NetMon 2.x capture", 0, b"GMBU"),
    capture("snoop capture", 0, b"snoop\0\0\0"),
    capture("Sniffer (DOS) capture", 0, b"TRSNIFF data    \x1a"),
    capture("Sniffer (Windows) capture", 0, b"XCP\0"),
    capture("Observer capture", 0, b"ObserverPktBuffe"),
    capture("OmniPeek capture", 0, b"\x7fver"),
    capture("iptrace 1.0 capture", 0, b"iptrace 1.0"),
    capture("iptrace 2.0 capture", 0, b"iptrace 2.0"),
    capture("Ixia hardware capture", 0, &[0x1c, 0x00, 0x01, 0xac]),
    capture("Ixia hardware capture", 0, &[0xac, 0x01, 0x00, 0x1c]),
    capture("Ixia software capture", 0, &[0x1c, 0x00, 0x01, 0xab]),
    capture("Ixia software capture", 0, &[0xab, 0x01, 0x00, 0x1c]),
    // The marker of the first event's system header, behind the buffer's header: version 2, 32 or 64 bits.
    trace_log(&[0x02, 0x00, 0x01, 0xc0]),
    trace_log(&[0x02, 0x00, 0x02, 0xc0]),
    EVTX,
    archive("zip archive", b"PK\x03\x04"),
    archive("empty zip archive", b"PK\x05\x06"),
    archive("7z archive", &[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    archive("RAR archive", b"Rar!\x1a\x07"),
    archive("xz file", &[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    archive("bzip2 file", b"BZh"),
    archive("file of Unix compress", &[0x1f, 0x9d]),
    archive("lz4 file of the legacy format", &[0x02, 0x21, 0x4c, 0x18]),
    Foreign { at: 257, ..archive("tar archive", b"ustar") },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_format_is_named() {
        let mut trace = [0; 80];
        trace[72..76].copy_from_slice(&[0x02, 0x00, 0x02, 0xc0]);
        let table: [(&[u8], &str); 6] = [
            (b"GMBU\x00\x02", "NetMon 2.x capture"),
            (b"PK\x03\x04\x14", "zip archive"),
            (b"ElfFile\0\0", "Windows event log (evtx)"),
            (&trace, "Windows event trace (etl)"),
            (b"0000  00 0c 29 af\r\n", "text"),
            ("Mitschnitt f\u{fc}r später".as_bytes(), "text"),
        ];
        for (head, name) in table {
            assert_eq!(recognise(head).map(|format| format.name), Some(name));
        }
        assert!(recognise(&[0x00, 0x01, 0x02, 0x03]).is_none());
    }
}
