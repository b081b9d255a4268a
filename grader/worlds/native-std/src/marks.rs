//! Marks in the answer, for a program that is rebuilt to find out where its threads are.

use crate::payload::text;
use record::Panic;
use record::marks::{FOLDER, MAX_THREADS, SLOT, Standing, create, forget_panic, note_panic, slot};
use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{Location, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The longest message of a panic that is kept, in characters.
const LONGEST: usize = 1_000;

/// This process's file, and the folder that it is in, if the grader asked for one.
static FILE: OnceLock<Option<(File, PathBuf)>> = OnceLock::new();
/// Whether somebody else remembers this process's panics.
static ARE_LEFT: AtomicBool = AtomicBool::new(false);
/// The number of panics that have been noted.
static PANICS: AtomicU64 = AtomicU64::new(0);
/// The number of slots that have been used.
static TAKEN: AtomicU64 = AtomicU64::new(0);
/// Those of them whose threads have ended.
static FREE: Mutex<Vec<u64>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: OnceCell<Own> = const { OnceCell::new() };
}

/// A place in the answer.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// In the marked file.
    at: &'static Location<'static>,
    /// In the learner's.
    line: u32,
    column: u32,
}

/// What a thread writes its marks with.
struct Own {
    slot: u64,
    entered: Option<u32>,
    /// The last mark that it passed.
    last: Cell<Mark>,
    /// The number of the panic that may end it: the one after which it has passed no mark.
    panicked: Cell<Option<u64>>,
}

impl Own {
    /// The thread is at `mark` from here on.
    fn goes_on(&self, folder: &Path, mark: Mark) {
        if !std::thread::panicking()
            && let Some(number) = self.panicked.take()
        {
            // The panic was caught.
            let _ = forget_panic(folder, number);
        }
        self.last.set(mark);
        let thread = std::thread::current();
        let name = thread.name().unwrap_or_default();
        self.write(&slot(name, self.entered, mark.line, mark.column));
    }

    fn write(&self, slot: &[u8]) {
        // If the write fails, the place stays unknown; nothing depends on it.
        if let Some(Some((file, _))) = FILE.get()
            && self.slot < MAX_THREADS
        {
            let _ = file.write_all_at(slot, self.slot * SLOT);
        }
    }
}

impl Drop for Own {
    /// A thread that has ended is nowhere.
    fn drop(&mut self) {
        self.write(&[0; SLOT as usize]);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self.slot);
    }
}

/// The last mark that the calling thread has passed, if any.
pub(crate) fn last_mark() -> Option<record::Location> {
    let last = |own: &OnceCell<Own>| own.get().map(|own| own.last.get().at.into());
    OWN.try_with(last).ok().flatten()
}

/// The calling thread passes `line` and `column` of the answer. `kind` is 1 at the head of a loop or
/// closure. Only a closure can be the first of these that a thread passes.
#[track_caller]
pub fn mark(line: u32, column: u32, kind: u8) {
    let file = FILE.get_or_init(|| {
        let folder = PathBuf::from(std::env::var_os(FOLDER)?);
        let file = create(&folder).ok()?;
        watch_panics();
        Some((file, folder))
    });
    let Some((_, folder)) = file else { return };
    let here = Location::caller();
    // A thread that is being torn down no longer has a slot.
    let _ = OWN.try_with(|own| {
        let own = own.get_or_init(|| {
            let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let slot = free.unwrap_or_else(|| TAKEN.fetch_add(1, Relaxed));
            let entered = (kind == 0).then_some(line);
            let last = Cell::new(Mark { at: here, line, column });
            Own { slot, entered, last, panicked: Cell::new(None) }
        });
        own.goes_on(folder, Mark { at: here, line, column });
    });
}

/// A body of the answer's that a thread is in. Where it ends, the thread is again where it called it.
#[derive(Debug)]
#[must_use = "the body ends where this is dropped"]
pub struct Body {
    caller: Option<Mark>,
}

/// A function begins.
pub fn body() -> Body {
    let last = |own: &OnceCell<Own>| own.get().map(|own| own.last.get());
    Body { caller: OWN.try_with(last).ok().flatten() }
}

/// A closure begins.
pub fn closure() -> Body {
    body()
}

impl Drop for Body {
    fn drop(&mut self) {
        if let (Some(caller), Some(Some((_, folder)))) = (self.caller, FILE.get()) {
            let goes_on = |own: &OnceCell<Own>| own.get().map(|own| own.goes_on(folder, caller));
            let _ = OWN.try_with(goes_on);
        }
    }
}

/// Whoever calls this remembers the panics of this process: a check runs in it.
pub(crate) fn leave_panics() {
    ARE_LEFT.store(true, Relaxed);
}

/// Notes the panics of a process that the check has started.
fn watch_panics() {
    // While it unwinds, a thread can set no hook.
    if ARE_LEFT.load(Relaxed) || std::thread::panicking() {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        note(info);
        before(info);
    }));
}

/// Notes a panic, in place of one that the thread has raised since its last mark.
fn note(info: &PanicHookInfo<'_>) {
    let Some(Some((_, folder))) = FILE.get() else { return };
    // A thread that has passed no mark, or is being torn down, has no place to tell.
    let _ = OWN.try_with(|own| {
        let own = own.get()?;
        let number = own.panicked.get().unwrap_or_else(|| PANICS.fetch_add(1, Relaxed));
        own.panicked.set(Some(number));
        let here: record::Location = own.last.get().at.into();
        let thread = std::thread::current();
        let standing = Standing {
            process: 0,
            thread: thread.name().unwrap_or_default().to_owned(),
            entered: own.entered,
            at: here.clone(),
            panicked: Some(Panic {
                thread: 0,
                message: text(info.payload()).chars().take(LONGEST).collect(),
                at: info.location()?.into(),
                below: Some(here),
            }),
        };
        // Without the note, the place stays unknown.
        note_panic(folder, number, &standing).ok()
    });
}
