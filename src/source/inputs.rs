//! The inputs of a run: what the paths on the command line stand for.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::{Block, Reader};
use super::container::Container;
use super::fault::Fault;
use crate::model::Time;

/// One input, not open yet.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) name: Arc<str>,
    /// `None` is standard input.
    pub(super) path: Option<PathBuf>,
    /// Bytes on disk; `None` for what is no regular file, and cannot be looked into beforehand.
    pub(super) size: Option<u64>,
    /// Time of the first packet, where it could be seen beforehand.
    pub(super) first: Option<Time>,
}

/// Bytes of a file, and of what is decompressed from them, that are looked at for the first packet.
const PEEK_MAX: u64 = 1024 * 1024;
const PEEK_BLOCK: usize = 16 * 1024;

impl Pending {
    /// Opens it for reading.
    ///
    /// # Errors
    /// [`Fault::Open`].
    pub(super) fn open(&self) -> Result<Reader, Fault> {
        match &self.path {
            None => Ok(Box::new(io::stdin())),
            Some(path) => Ok(Box::new(File::open(path).map_err(Fault::Open)?)),
        }
    }

    fn new(path: &Path) -> Self {
        let path = Some(path).filter(|path| path.as_os_str() != OsStr::new("-"));
        let name = path.map_or("-".into(), |path| path.to_string_lossy().into());
        let size = match path.map(fs::metadata) {
            Some(Ok(file)) => file.is_file().then_some(file.len()),
            Some(Err(_)) => Some(0),
            None => None,
        };
        Self { name, path: path.map(Path::to_path_buf), size, first: None }
    }

    /// Looks for the time of the first packet. A fault later than in the headers is no matter yet.
    fn peek(&mut self) -> Result<(), Fault> {
        if self.size.is_some() {
            let mut block = Block::new(PEEK_BLOCK, PEEK_MAX);
            block.restart(self.open()?);
            let mut container = Container::open(&mut block)?;
            self.first = container.next(&mut block).ok().flatten().map(|packet| packet.time);
        }
        Ok(())
    }
}

/// The inputs that the paths stand for, in the order given, folders with all their captures sorted by path; and the files in
/// folders that are no captures.
pub(super) fn expand(paths: &[PathBuf]) -> (Vec<Pending>, Vec<PathBuf>) {
    let (mut inputs, mut passed_over) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            for path in walk(path) {
                let mut input = Pending::new(&path);
                match input.peek() {
                    Err(fault) if fault.is_no_capture() => passed_over.push(path),
                    _ => inputs.push(input),
                }
            }
        } else {
            let mut input = Pending::new(path);
            // What is wrong with it shows again, and is said, when its turn comes.
            let _ = input.peek();
            inputs.push(input);
        }
    }
    (inputs, passed_over)
}

/// All regular files under a folder, sorted by path, and folders that cannot be read. Links are followed last, so that a file
/// goes by its own name and is found once; a link to a folder that was walked already is no way round.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut seen, mut links) = (Vec::new(), HashSet::new(), BTreeSet::new());
    let mut folders = vec![folder.to_path_buf()];
    loop {
        let next = folders.pop().or_else(|| links.pop_first());
        let Some(path) = next else { break };
        let Ok(true) = fs::canonicalize(&path).map(|own| seen.insert(own)) else { continue };
        if path.is_file() {
            found.push(path);
        } else if path.is_dir() {
            let Ok(entries) = fs::read_dir(&path) else {
                found.push(path);
                continue;
            };
            for entry in entries.flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_symlink() => drop(links.insert(entry.path())),
                    Ok(kind) if kind.is_dir() || kind.is_file() => folders.push(entry.path()),
                    _ => {}
                }
            }
        }
    }
    found.sort();
    found
}
