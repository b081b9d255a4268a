//! Where the threads of a marked program are.
//!
//! A *marked* program is one whose answer has a call of the world's `check::mark` in front of every
//! statement. In the native world a thread writes its last mark into a slot of a file, one file per
//! process, so that the mark can be read after the process has been killed. A slot is overwritten
//! in place and is never longer than [`SLOT`] bytes; a slot that does not parse is not a mark.

use crate::Location;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Environment variable: the folder that holds the files.
pub const FOLDER: &str = "GRADER_MARKS";

/// Bytes per slot.
pub const SLOT: u64 = 128;

/// The number of slots in a process. Threads beyond that number have no slot.
pub const MAX_THREADS: u64 = 256;

/// Where a thread last was in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The process: 0 is the check's own, the others are numbered in the order in which they
    /// started.
    pub process: usize,
    /// The thread's name: `main` for a process's first thread, empty for a thread without a name.
    pub thread: String,
    /// The line at which it first came into the answer, if it did so by calling a function. `None` for
    /// one that began with a closure of the answer's.
    pub entered: Option<u32>,
    /// The place.
    pub at: Location,
}

/// Creates this process's file in `folder`.
///
/// # Errors
/// The file cannot be created.
pub fn create(folder: &Path) -> io::Result<File> {
    let name = folder.join(std::process::id().to_string());
    OpenOptions::new().create(true).truncate(true).write(true).open(name)
}

/// The content of a slot: what a thread called `name`, which came into the answer at line `entered`,
/// writes at `line` and `column`.
pub fn slot(name: &str, entered: Option<u32>, line: u32, column: u32) -> Vec<u8> {
    let room = SLOT as usize - 48;
    let end = name.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|&end| end <= room);
    let name = &name[..end.last().unwrap_or(0)];
    let entered = entered.unwrap_or(0);
    let mut slot = format!("{line} {column} {entered} {name}").into_bytes();
    slot.resize(SLOT as usize, 0);
    slot
}

/// Reads the marks of all processes in `folder`; `answer` is the path of the marked file. The first
/// process to start is the check's own.
///
/// # Errors
/// The folder cannot be read.
pub fn read(folder: &Path, answer: &str) -> io::Result<Vec<Standing>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Process ids grow only until they wrap around, so the creation time is compared first.
        let number: u32 = entry.file_name().to_string_lossy().parse().unwrap_or(u32::MAX);
        files.push((entry.metadata()?.created().ok(), number, entry.path()));
    }
    files.sort();
    let mut all = Vec::new();
    for (process, (.., path)) in files.iter().enumerate() {
        let content = fs::read(path)?;
        for slot in content.chunks(SLOT as usize) {
            let text = String::from_utf8_lossy(slot);
            let mut parts = text.trim_end_matches('\0').splitn(4, ' ');
            let mut number = || parts.next()?.parse::<u32>().ok();
            let (Some(line), Some(column), Some(entered)) = (number(), number(), number()) else {
                continue;
            };
            let entered = Some(entered).filter(|&line| line > 0);
            let thread = parts.next().unwrap_or_default().to_owned();
            let at = Location { file: answer.to_owned(), line, column };
            all.push(Standing { process, thread, entered, at });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn what_a_thread_wrote_last_is_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let file = create(folder.path()).unwrap();
        file.write_all_at(&slot("a long name, written first", None, 123, 45), 0).unwrap();
        file.write_all_at(&slot("main", Some(5), 7, 9), 0).unwrap();
        file.write_all_at(&slot(&"é".repeat(200), None, 8, 1), SLOT).unwrap();
        let all = read(folder.path(), "src/lib.rs").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].thread.as_str(), all[0].at.line, all[0].at.column), ("main", 7, 9));
        assert_eq!((all[0].entered, all[1].entered), (Some(5), None));
        assert!(all[1].thread.starts_with("éé") && all[1].thread.len() < SLOT as usize);
    }
}
