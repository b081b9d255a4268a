//! Marks in the answer, for a program that is rebuilt to find out where its threads are.

use record::marks::{FOLDER, MAX_THREADS, SLOT, create, slot};
use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// This process's file, if the grader asked for one.
static FILE: OnceLock<Option<File>> = OnceLock::new();
/// The number of slots in use.
static TAKEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static OWN: Cell<Option<Own>> = const { Cell::new(None) };
}

/// What a thread writes its marks with.
#[derive(Clone, Copy)]
struct Own {
    slot: u64,
    entered: Option<u32>,
}

/// The calling thread passes `line` and `column` of the answer. `kind` is 1 at the head of a loop or
/// closure. Only a closure can be the first of these that a thread passes.
pub fn mark(line: u32, column: u32, kind: u8) {
    let file = FILE.get_or_init(|| create(&PathBuf::from(std::env::var_os(FOLDER)?)).ok());
    let Some(file) = file else { return };
    // A thread that is being torn down no longer has a slot.
    let own = OWN.try_with(|own| {
        own.get().unwrap_or_else(|| {
            let entered = (kind == 0).then_some(line);
            let first = Own { slot: TAKEN.fetch_add(1, Relaxed), entered };
            own.set(Some(first));
            first
        })
    });
    let Some(own) = own.ok().filter(|own| own.slot < MAX_THREADS) else { return };
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    // If the write fails, the place stays unknown; nothing depends on it.
    let _ = file.write_all_at(&slot(name, own.entered, line, column), own.slot * SLOT);
}
