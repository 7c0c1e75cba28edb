//! Which files belong to one capture, and in which order.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::inputs::Pending;
use crate::model::Time;

/// What files of one ring buffer have in common: the folder, and the name without what counts or dates them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ring {
    folder: PathBuf,
    stem: String,
}

/// How far the first packet of a file may be before the last one of the file that it continues: packets of several processors
/// and interfaces are not in strict order.
const MAX_OVERLAP: i64 = 1_000_000_000;

/// Longest silence between files of different names that are taken for one capture.
const MAX_GAP: i64 = 60_000_000_000;

impl Ring {
    /// The ring that an input may be part of; `None` for standard input.
    pub(super) fn of(input: &Pending) -> Option<Self> {
        let path = input.path.as_deref()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let plain =
            [".gz", ".zst", ".lz4"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(".".as_ref());
        let folder = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_path_buf());
        Some(Self { folder, stem: plain.replace(|letter: char| letter.is_ascii_digit(), "") })
    }

    /// Whether a file with this first packet goes on where a file of `before`, with its last packet then, stopped.
    pub(super) fn continues(&self, first: Time, before: &Self, last: Time) -> bool {
        let gap = first.0.saturating_sub(last.0);
        self.folder == before.folder && gap >= -MAX_OVERLAP && (self.stem == before.stem || gap <= MAX_GAP)
    }
}

/// Puts the inputs in the order in which they are read: folders as they were first named, in each the rings by the time of
/// their first packet, in each the files by that. Where no time is known the order given decides.
pub(super) fn order(inputs: Vec<Pending>) -> Vec<(Pending, Option<Ring>)> {
    let inputs: Vec<_> = inputs.into_iter().map(|input| (Ring::of(&input), input)).collect();
    let mut folders: HashMap<&PathBuf, usize> = HashMap::new();
    let mut rings: HashMap<&Ring, (bool, Option<Time>, usize)> = HashMap::new();
    for (at, (ring, input)) in inputs.iter().enumerate() {
        if let Some(ring) = ring {
            folders.entry(&ring.folder).or_insert(at);
            let here = (input.first.is_none(), input.first, at);
            let first = rings.entry(ring).or_insert(here);
            *first = here.min(*first);
        }
    }
    let place = |(at, (ring, input)): (usize, &(Option<Ring>, Pending))| {
        let folder = ring.as_ref().and_then(|ring| folders.get(&ring.folder).copied());
        let first = ring.as_ref().and_then(|ring| rings.get(ring).copied());
        (folder.unwrap_or(at), first, input.first.is_none(), input.first, at)
    };
    let places: Vec<_> = inputs.iter().enumerate().map(place).collect();
    let mut sorted: Vec<_> = places.into_iter().zip(inputs).collect();
    sorted.sort_by_key(|(place, _)| *place);
    sorted.into_iter().map(|(_, (ring, input))| (input, ring)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn input(path: &str, first: Option<i64>) -> Pending {
        let path = (path != "-").then(|| PathBuf::from(path));
        let name = path.as_ref().map_or("-".into(), |path| path.to_string_lossy().into());
        Pending {
            name,
            path,
            size: Some(0),
            first: first.map(|seconds| Time(seconds.saturating_mul(SECOND))),
        }
    }

    fn ring(path: &str) -> Ring {
        Ring::of(&input(path, None)).unwrap()
    }

    #[test]
    fn rings_are_told_by_folder_and_name_without_digits() {
        let table = [
            ("/a/x_00001_20240101.pcapng", "/a/x_00002_20240102.pcapng", true),
            ("/a/x.pcap", "/a/x.pcap1", true),
            ("/a/x.pcap9", "/a/x.pcap10.gz", true),
            ("/a/x.pcap", "/b/x.pcap", false),
            ("/a/eth0_x.pcap", "/a/lo_x.pcap", false),
        ];
        for (one, other, same) in table {
            assert_eq!(ring(one) == ring(other), same, "{one} {other}");
        }
    }

    #[test]
    fn a_file_continues_one_before_by_name_or_by_time() {
        let table = [
            ("/a/x1", "/a/x2", 3600, true),
            ("/a/x1", "/a/x2", 0, true),
            ("/a/x1", "/a/x2", -1, true),
            ("/a/x1", "/a/x2", -2, false),
            ("/a/x1", "/a/y", 60, true),
            ("/a/x1", "/a/y", 61, false),
            ("/a/x1", "/b/x2", 0, false),
        ];
        for (before, after, gap, continues) in table {
            let (last, first) = (Time(100 * SECOND), Time((100 + gap) * SECOND));
            assert_eq!(
                ring(after).continues(first, &ring(before), last),
                continues,
                "{before} {after} {gap}"
            );
        }
    }

    #[test]
    fn two_rings_in_a_folder_are_not_mixed_and_folders_stay_in_order() {
        let inputs = vec![
            input("/b/lo_2.pcap", Some(25)),
            input("/b/eth_3.pcap", Some(30)),
            input("-", None),
            input("/b/eth_1.pcap", Some(10)),
            input("/a/z.pcap", Some(1)),
            input("/b/lo_1.pcap", Some(15)),
            input("/b/eth_2.pcap", None),
        ];
        let names: Vec<_> = order(inputs).iter().map(|(input, _)| input.name.to_string()).collect();
        let expected = [
            "/b/eth_1.pcap",
            "/b/eth_3.pcap",
            "/b/eth_2.pcap",
            "/b/lo_1.pcap",
            "/b/lo_2.pcap",
            "-",
            "/a/z.pcap",
        ];
        assert_eq!(names, expected);
    }
}
