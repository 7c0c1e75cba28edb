//! Where the bytes go: standard output, a special file, or a new file that takes the place of the old one at the end.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};

/// An open output. A file is written to the side, in the folder where it belongs, and is renamed by [`Output::finish`]; an
/// output that is dropped before that leaves the old file as it was.
pub struct Output {
    stream: Stream,
}

enum Stream {
    Stdout(StdoutLock<'static>),
    Special(File),
    Beside(Beside),
}

/// A file that does not have its name yet.
struct Beside {
    file: File,
    partial: Partial,
    name: PathBuf,
}

/// The name of a file that is removed, unless it has got another name before.
struct Partial(PathBuf);

impl Output {
    /// Opens standard output for `None` and for `-`. A terminal, a pipe, a socket or a device is written directly.
    ///
    /// # Errors
    /// The file, or the one beside it, cannot be made or written.
    pub fn open(path: Option<&Path>) -> io::Result<Self> {
        let stream = match path {
            None => Stream::Stdout(io::stdout().lock()),
            Some(path) if path == Path::new("-") => Stream::Stdout(io::stdout().lock()),
            Some(path) => match fs::metadata(path) {
                Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
                Ok(found) if found.is_file() => {
                    // A link stays a link, and the mode stays what it was.
                    let beside = Beside::create(&fs::canonicalize(path)?)?;
                    beside.file.set_permissions(found.permissions())?;
                    Stream::Beside(beside)
                }
                Ok(_) => Stream::Special(File::options().write(true).open(path)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Stream::Beside(Beside::create(path)?)
                }
                Err(error) => return Err(error),
            },
        };
        Ok(Self { stream })
    }

    /// True where a person reads along.
    pub fn is_terminal(&self) -> bool {
        match &self.stream {
            Stream::Stdout(out) => out.is_terminal(),
            Stream::Special(file) => file.is_terminal(),
            Stream::Beside(_) => false,
        }
    }

    /// True where colour is wanted when nobody said so: on a terminal that shows it, without `NO_COLOR` in the environment.
    pub fn shows_colour(&self) -> bool {
        let choice = match &self.stream {
            Stream::Stdout(out) => anstream::AutoStream::choice(out),
            Stream::Special(file) => anstream::AutoStream::choice(file),
            Stream::Beside(_) => anstream::ColorChoice::Never,
        };
        choice != anstream::ColorChoice::Never
    }

    /// Columns of the terminal, where it is one.
    pub fn width(&self) -> Option<usize> {
        // The table is the only output that is laid out, and its library knows how to ask; it asks about standard output.
        self.is_terminal().then(|| comfy_table::Table::new().width()).flatten().map(usize::from)
    }

    /// Writes out what is buffered and gives a file its name. Call it once everything has been written.
    ///
    /// # Errors
    /// What writing or renaming gives; the old file is then still there.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        match self.stream {
            Stream::Beside(Beside { partial, name, .. }) => partial.rename(&name),
            Stream::Stdout(_) | Stream::Special(_) => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Stdout(out) => out.write(bytes),
            Stream::Special(file) | Stream::Beside(Beside { file, .. }) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Stdout(out) => out.flush(),
            Stream::Special(file) | Stream::Beside(Beside { file, .. }) => file.flush(),
        }
    }
}

impl Beside {
    fn create(name: &Path) -> io::Result<Self> {
        let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
        for attempt in 0..MAX_ATTEMPTS {
            let partial = name.with_file_name(format!(".ntlmscope-{}-{attempt}.partial", std::process::id()));
            match File::create_new(&partial) {
                Ok(file) => return Ok(Self { file, partial: Partial(partial), name: name.to_owned() }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }
}

impl Partial {
    /// On an error the file is removed, since `self` is dropped; after a rename there is nothing left to remove.
    fn rename(self, name: &Path) -> io::Result<()> {
        fs::rename(&self.0, name)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Nobody is left to tell, and what went wrong before has been told.
        let _ = fs::remove_file(&self.0);
    }
}

/// True where the reader of our output has gone, as `head` does when it has enough. That is no failure: what was wanted has
/// been written.
pub fn is_reader_gone(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Names that are tried for a file beside another.
const MAX_ATTEMPTS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_gets_its_name_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        fs::write(&path, "old").unwrap();
        let mut output = Output::open(Some(&path)).unwrap();
        output.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["out.jsonl"]);
    }

    #[test]
    fn an_output_that_is_given_up_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        fs::write(&path, "old").unwrap();
        let mut output = Output::open(Some(&path)).unwrap();
        output.write_all(b"new").unwrap();
        drop(output);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["out.jsonl"]);
    }

    #[test]
    fn a_failed_rename_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let output = Output::open(Some(&path)).unwrap();
        fs::create_dir(&path).unwrap();
        output.finish().unwrap_err();
        assert_eq!(names(folder.path()), ["out.jsonl"]);
    }

    #[test]
    fn two_outputs_in_one_folder_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        let mut first = Output::open(Some(&one)).unwrap();
        let mut second = Output::open(Some(&two)).unwrap();
        first.write_all(b"1").unwrap();
        second.write_all(b"2").unwrap();
        first.finish().unwrap();
        second.finish().unwrap();
        assert_eq!(fs::read_to_string(one).unwrap(), "1");
        assert_eq!(fs::read_to_string(two).unwrap(), "2");
    }

    #[test]
    fn a_folder_and_a_missing_folder_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Output::open(Some(folder.path())).is_err());
        assert!(Output::open(Some(&folder.path().join("missing/out"))).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_directly() {
        let output = Output::open(Some(Path::new("/dev/null"))).unwrap();
        assert!(matches!(output.stream, Stream::Special(_)));
        assert!(!output.is_terminal() && !output.shows_colour() && output.width().is_none());
        output.finish().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_mode_stays() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        let mut output = Output::open(Some(&link)).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_reader_that_has_gone_is_found_below_other_errors() {
        let gone = io::Error::from(io::ErrorKind::BrokenPipe);
        let below = anyhow::Error::new(gone).context("cannot write the output");
        assert!(is_reader_gone(below.as_ref()));
        let full = anyhow::Error::new(io::Error::from(io::ErrorKind::StorageFull));
        assert!(!is_reader_gone(full.as_ref()));
    }
}
