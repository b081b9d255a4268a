//! Marks in the answer, for a program that is rebuilt to find out where it loops.

use super::channel;
use record::Location;
use record::marks::{FOLDER, create, slot};
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// This many marks without a scheduling point are an endless loop. This is a count rather than a
/// time, so that the loop is found at the same mark on every machine.
const ENDLESS: u64 = 2_000_000;

/// How many of the last marks are examined to find out where the program loops.
const WINDOW: u64 = 20_000;

/// After this many marks, the program is looping and not about to crash, and writing each mark down
/// would take too long.
const WRITTEN: u64 = 20_000;

/// The most places to report.
const MOST: usize = 3;

/// The `kind` of a mark at the head of a loop's body.
const LOOP: u8 = 1;

/// Marks since the last scheduling point, and the explorer's operation count at that point.
static SINCE: AtomicU64 = AtomicU64::new(0);
static PROGRESS: AtomicU64 = AtomicU64::new(0);
/// The last mark: line and column.
static LAST: AtomicU64 = AtomicU64::new(0);
/// For each place: how often it was passed in the window, and its kind.
type Seen = HashMap<(u32, u32), (u64, u8)>;
static SEEN: Mutex<Option<Seen>> = Mutex::new(None);

/// This process's file, if the grader asked for one. All threads of the program share its one slot,
/// as they share the OS thread.
static FILE: OnceLock<Option<File>> = OnceLock::new();

/// The program passes `line` and `column` of the answer. `kind` is 1 at the head of a loop's body.
pub fn mark(line: u32, column: u32, kind: u8) {
    LAST.store(u64::from(line) << 32 | u64::from(column), Relaxed);
    let progress = explorer::progress();
    if PROGRESS.swap(progress, Relaxed) != progress {
        SINCE.store(0, Relaxed);
    }
    let since = SINCE.fetch_add(1, Relaxed) + 1;
    if since <= WRITTEN {
        write(line, column);
    }
    if since > ENDLESS - WINDOW {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.get_or_insert_default();
        if since == ENDLESS - WINDOW + 1 {
            seen.clear();
        }
        let entry = seen.entry((line, column)).or_insert((0, kind));
        entry.0 += 1;
    }
    if since == ENDLESS {
        channel::end_endless(round());
    }
}

/// Writes the place down, in case the process is about to die.
fn write(line: u32, column: u32) {
    let file = FILE.get_or_init(|| create(&PathBuf::from(std::env::var_os(FOLDER)?)).ok());
    if let Some(file) = file {
        // If the write fails, the place stays unknown; nothing depends on it.
        let _ = file.write_all_at(&slot("", None, line, column), 0);
    }
}

/// Where the program loops: of the loops passed more than once, the one passed least often is the
/// outermost, and so the one that does not end.
fn round() -> Vec<Location> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut places: Vec<(bool, u64, (u32, u32))> = seen
        .iter()
        .flatten()
        .filter(|(_, (times, _))| *times > 1)
        .map(|(&place, &(times, kind))| (kind != LOOP, times, place))
        .collect();
    places.sort_unstable();
    places.into_iter().take(MOST).map(|(_, _, place)| location(place)).collect()
}

/// The last place that was passed; empty for a program without marks.
pub(super) fn last() -> Vec<Location> {
    let last = LAST.load(Relaxed);
    let place = ((last >> 32) as u32, last as u32);
    if last == 0 { Vec::new() } else { vec![location(place)] }
}

fn location((line, column): (u32, u32)) -> Location {
    Location { file: "src/lib.rs".to_owned(), line, column }
}
