//! The samples, found by their folders.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the samples are. The program runs here, so that its records name the captures alike on every machine.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// The captures of all samples, relative to [`folder`] and in their order: `01-smb3-krb5/capture.pcap`.
pub(crate) fn captures() -> Vec<String> {
    let mut found = Vec::new();
    for sample in entries(&folder()).into_iter().filter(|path| path.is_dir()) {
        let is_capture = |name: &Path| {
            name.file_name().is_some_and(|name| name.to_str().unwrap().starts_with("capture.pcap"))
        };
        for file in entries(&sample).into_iter().filter(|file| is_capture(file)) {
            found.push(file.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    assert!(!found.is_empty(), "there are no samples");
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}
