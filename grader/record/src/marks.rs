//! Where the threads of a marked program are.
//!
//! A *marked* program is one whose answer has a call of the world's `check::mark` in front of every
//! statement. In the native world a thread writes its last mark into a slot of a file, one file per
//! process, so that the mark can be read after the process has been killed. A slot is overwritten
//! in place and is never longer than [`SLOT`] bytes; a slot that does not parse is not a mark.
//!
//! A process other than the check's own has nobody who remembers its panics. It leaves each in a file
//! of its own, a [`Standing`] as JSON, and removes the file when the thread goes on.

use crate::{Location, Panic};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

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
    /// The panic with which it ended. Then `at` is where it was in the answer when it panicked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panicked: Option<Panic>,
}

/// Creates this process's file in `folder`.
///
/// # Errors
/// The file cannot be created.
pub fn create(folder: &Path) -> io::Result<File> {
    let name = folder.join(std::process::id().to_string());
    OpenOptions::new().create(true).truncate(true).write(true).open(name)
}

/// Notes in `folder` that this process's panic number `number` has perhaps ended a thread.
///
/// # Errors
/// The file cannot be written.
pub fn note_panic(folder: &Path, number: u64, ended: &Standing) -> io::Result<()> {
    fs::write(panic_file(folder, number), serde_json::to_vec(ended)?)
}

/// Takes the note back: the panic was caught.
///
/// # Errors
/// The file cannot be removed.
pub fn forget_panic(folder: &Path, number: u64) -> io::Result<()> {
    fs::remove_file(panic_file(folder, number))
}

fn panic_file(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{}.{number}", std::process::id()))
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
    let (mut files, mut panics) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some((process, number)) = name.split_once('.') {
            panics.push((number.parse::<u64>().ok(), process.to_owned(), entry.path()));
            continue;
        }
        // Process ids grow only until they wrap around, so the creation time is compared first.
        let number: u32 = name.parse().unwrap_or(u32::MAX);
        files.push((entry.metadata()?.created().ok(), number, entry.path()));
    }
    files.sort();
    panics.sort();
    let mut all = Vec::new();
    for (process, (_, id, path)) in files.iter().enumerate() {
        let mine = panics.iter().filter(|(_, of, _)| of.parse() == Ok(*id));
        let ended =
            mine.filter_map(|(.., path)| serde_json::from_slice(&fs::read(path).ok()?).ok());
        let ended: Vec<Standing> = ended.map(|it| Standing { process, ..it }).collect();
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
            // A process that a panic ends may not get so far as to say that its threads are nowhere.
            if !ended.iter().any(|it| (&it.thread, &it.at) == (&thread, &at)) {
                all.push(Standing { process, thread, entered, at, panicked: None });
            }
        }
        all.extend(ended);
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

    #[test]
    fn a_panic_that_was_not_caught_is_told_in_place_of_the_mark() {
        let folder = tempfile::tempdir().unwrap();
        let file = create(folder.path()).unwrap();
        file.write_all_at(&slot("main", None, 7, 9), 0).unwrap();
        file.write_all_at(&slot("other", None, 8, 1), SLOT).unwrap();
        let at = Location { file: "src/lib.rs".to_owned(), line: 7, column: 9 };
        let raised = Location { file: "src/bin/worker.rs".to_owned(), line: 1, column: 2 };
        let message = "not now".to_owned();
        let panic = Panic { thread: 0, message, at: raised, below: Some(at.clone()) };
        let thread = "main".to_owned();
        let ended = Standing { process: 0, thread, entered: None, at, panicked: Some(panic) };
        note_panic(folder.path(), 0, &ended).unwrap();
        note_panic(folder.path(), 1, &ended).unwrap();
        forget_panic(folder.path(), 1).unwrap();
        let all = read(folder.path(), "src/lib.rs").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].thread.as_str(), &all[1]), ("other", &ended));
    }
}
