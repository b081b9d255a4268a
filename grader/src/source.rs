//! Reads the one file of an exercise that is taken from a submission.

use crate::graded::Refusal;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Component, Path};

/// The largest answer in bytes.
pub const MAX_SIZE: u64 = 1 << 20;

const LINK: &str = "it is a symbolic link or is reached through one, and links are not followed; \
    submit the file itself";

/// What a submission contains for an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An answer.
    Text(String),
    /// Something that cannot be an answer.
    Refused(Refusal),
    /// Nothing.
    Absent,
}

impl Source {
    /// Reads `path`, which must be below `folder`, without following symbolic links below it. The
    /// folder itself may be reached through links, because the user named it.
    ///
    /// # Errors
    /// The file system fails in a way that a submission cannot cause.
    pub fn read(folder: &Path, path: &Path) -> io::Result<Self> {
        match open_below(folder, path) {
            Ok(file) => Self::read_open(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Absent),
            Err(error) if is(&error, Errno::NOTDIR) => {
                Ok(refused("part of its path is not a folder; submit the file in plain folders"))
            }
            Err(error) if is(&error, Errno::LOOP) => Ok(refused(LINK)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Ok(refused("the grader has no permission to read it; make the file readable"))
            }
            Err(error) => Err(error),
        }
    }

    /// Reads a single file that the user named.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read_named(path: &Path) -> io::Result<Self> {
        // The file itself may come from a submission, whatever the path to it.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(file) => Self::read_open(File::from(file)),
            Err(Errno::LOOP) => Ok(refused(LINK)),
            Err(error) => Err(error.into()),
        }
    }

    fn read_open(file: File) -> io::Result<Self> {
        if !file.metadata()?.is_file() {
            return Ok(refused("it is not an ordinary file; submit plain Rust source"));
        }
        let mut content = Vec::new();
        // Reading one byte more than allowed is enough to detect a larger file.
        file.take(MAX_SIZE + 1).read_to_end(&mut content)?;
        if content.len() as u64 > MAX_SIZE {
            let limit = MAX_SIZE / 1024;
            return Ok(refused(format!("it is larger than {limit} KiB; submit source text only")));
        }
        match String::from_utf8(content) {
            Ok(text) => Ok(Self::Text(text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                Ok(refused(format!("it is not UTF-8 text (byte {at}); save it as UTF-8")))
            }
        }
    }
}

fn refused(message: impl Into<String>) -> Source {
    Source::Refused(Refusal { message: message.into(), at: None })
}

/// Opens `path` one component at a time, following no link below `folder`.
fn open_below(folder: &Path, path: &Path) -> io::Result<File> {
    let below = path.strip_prefix(folder).map_err(io::Error::other)?;
    // NONBLOCK, because opening a named pipe would otherwise block until somebody writes to it.
    let leaf = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let inner = leaf | OFlags::DIRECTORY;
    let root = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
    let mut opened = rustix::fs::open(folder, root, Mode::empty())?;
    let mut components = below.components().peekable();
    while let Some(Component::Normal(name)) = components.next() {
        let flags = if components.peek().is_some() { inner } else { leaf };
        opened = openat(&opened, name, flags, Mode::empty())
            // A link in place of a folder is reported as "not a directory", so check for a link.
            .map_err(|errno| if is_link(&opened, name) { Errno::LOOP } else { errno })?;
    }
    Ok(File::from(opened))
}

fn is_link(folder: impl AsFd, name: &OsStr) -> bool {
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn refusal(source: Source) -> String {
        match source {
            Source::Refused(refusal) => refusal.message,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn an_ordinary_file_is_read_and_a_missing_one_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let (root, file) = (folder.path(), folder.path().join("src/lib.rs"));
        assert_eq!(Source::read(root, &file).unwrap(), Source::Absent);
        std::fs::create_dir(root.join("src")).unwrap();
        std::fs::write(&file, "pub fn f() {}").unwrap();
        assert_eq!(Source::read(root, &file).unwrap(), Source::Text("pub fn f() {}".into()));
    }

    #[test]
    fn no_link_below_the_submission_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("submission");
        let secret = folder.path().join("secret");
        std::fs::create_dir_all(&secret).unwrap();
        std::fs::write(secret.join("lib.rs"), "secret").unwrap();
        std::fs::create_dir_all(root.join("b/src")).unwrap();
        std::fs::create_dir_all(root.join("a")).unwrap();
        symlink(&secret, root.join("a/src")).unwrap();
        symlink(secret.join("lib.rs"), root.join("b/src/lib.rs")).unwrap();
        for file in ["a/src/lib.rs", "b/src/lib.rs"] {
            let refusal = refusal(Source::read(&root, &root.join(file)).unwrap());
            assert!(refusal.contains("symbolic link"), "{file}: {refusal}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_without_waiting_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| Source::read(folder.path(), &folder.path().join(name)).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("pipe"), Mode::RUSR).unwrap();
        assert!(refusal(read("pipe")).contains("not an ordinary file"));
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        assert!(refusal(read("folder")).contains("not an ordinary file"));
        std::fs::write(folder.path().join("binary"), b"fn\xff").unwrap();
        assert!(refusal(read("binary")).contains("not UTF-8 text (byte 2)"));
        let large = File::create(folder.path().join("large")).unwrap();
        large.set_len(MAX_SIZE + 1).unwrap();
        assert!(refusal(read("large")).contains("larger than 1024 KiB"));
    }
}
