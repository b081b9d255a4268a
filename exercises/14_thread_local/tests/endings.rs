//! When a value is dropped: on time, once, and with other values around.

use probe as _; // Names the checks that hang at your desk.
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use thread_local::Local;

/// A value that counts how often it is dropped.
struct Parcel(Arc<AtomicUsize>);

impl Drop for Parcel {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A new parcel, and a function that returns how often it was dropped.
fn parcel() -> (Parcel, impl Fn() -> usize) {
    let drops = Arc::new(AtomicUsize::new(0));
    (Parcel(Arc::clone(&drops)), move || drops.load(SeqCst))
}

/// A thread sets a variable, sets it again, sets another one, and ends some time later. Each value
/// must be dropped when it is replaced, or else when its thread ends: not before that, and only
/// once. The values of other threads must stay. A scope makes no difference: what is replaced or
/// unset in it is dropped at once.
///
/// A server that starts a thread for each visitor, and keeps what the threads leave behind, runs
/// out of memory within a week.
#[test]
fn dropped_when_the_thread_ends() {
    let locals = Arc::new((Local::new(), Local::new()));
    let (of_main, drops_of_main) = parcel();
    locals.0.set(of_main);

    let (replaced, drops_of_replaced) = parcel();
    let (newer, drops_of_newer) = parcel();
    let (other, drops_of_other) = parcel();
    let (ready, is_ready) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let theirs = Arc::clone(&locals);
    let thread = thread::spawn(move || {
        theirs.0.set(replaced);
        theirs.0.set(newer);
        theirs.1.set(other);
        ready.send(()).expect("the main thread listens");
        may_go_on.recv().expect("the main thread answers");
    });
    is_ready.recv().expect("the thread sets its values");
    assert_eq!(drops_of_replaced(), 1, "drops of a value that was replaced");
    let meanwhile = [drops_of_newer(), drops_of_other()];
    assert_eq!(meanwhile, [0, 0], "drops of two values whose thread is still running");
    go_on.send(()).expect("the thread listens");
    thread.join().expect("the thread should not have panicked");

    let in_the_end = [drops_of_replaced(), drops_of_newer(), drops_of_other()];
    assert_eq!(in_the_end, [1, 1, 1], "drops of three values whose thread has ended");
    assert_eq!(drops_of_main(), 0, "drops of a value whose thread is still running");
    assert!(locals.0.with(|value| value.is_some()), "the end of another thread took main's value");
    assert!(locals.0.unset(), "the main thread has a value");
    assert_eq!(drops_of_main(), 1, "drops of a value that was unset");

    let ((of_scope, drops_of_scope), (later, drops_of_later)) = (parcel(), parcel());
    locals.0.scope(of_scope, || {
        locals.0.set(later);
        assert_eq!(drops_of_scope(), 1, "drops of a scope's value that was replaced in the scope");
        assert!(locals.0.unset(), "the scope has a value");
        assert_eq!(drops_of_later(), 1, "drops of a value that was unset in a scope");
    });
}

/// A value is replaced while two functions, one inside the other, look at it. Others are unset while
/// in use, replaced by a function that looks at them and then panics, or set by `init` and replaced
/// by what it returns. Each must stay as long as somebody looks at it, and be dropped as soon as
/// nobody does, even if somebody still looks at another one.
///
/// A thread that lives as long as the program would otherwise collect more and more of them.
#[test]
fn dropped_when_nobody_looks() {
    let local = Local::new();
    let (first, drops_of_first) = parcel();
    let (second, drops_of_second) = parcel();
    local.set(first);
    local.with(|_| {
        local.with(|_| local.set(second));
        assert_eq!(drops_of_first(), 0, "drops of a value that the outer function still looks at");
    });
    assert_eq!(
        drops_of_first(),
        1,
        "drops of a replaced value, when nobody was looking at it any more"
    );

    let unset = local.with_or_init(
        || panic!("it is set"),
        |_| {
            let unset = local.unset();
            assert_eq!(drops_of_second(), 0, "drops of a value that is still being used");
            unset
        },
    );
    assert!(unset, "the variable was set");
    assert_eq!(drops_of_second(), 1, "drops of an unset value, when nobody was using it any more");

    let (third, drops_of_third) = parcel();
    let (last, drops_of_last) = parcel();
    local.set(third);
    let failed = panic::catch_unwind(AssertUnwindSafe(|| {
        local.with(|_| {
            local.set(last);
            panic!("the value is bad, on purpose");
        })
    }));
    let failed: thread::Result<()> = failed;
    assert!(failed.is_err(), "the panic should reach whoever catches it");
    assert_eq!(
        drops_of_third(),
        1,
        "drops of a replaced value, after the function that was looking at it had panicked"
    );
    assert_eq!(drops_of_last(), 0, "drops of the value that had replaced it");

    let (between, drops_of_between) = parcel();
    let (newest, drops_of_newest) = parcel();
    local.with(|_| {
        local.set(between);
        local.set(newest);
        let drops = [drops_of_last(), drops_of_between(), drops_of_newest()];
        assert_eq!(
            drops,
            [0, 1, 0],
            "drops of a value that somebody looks at, of one at which nobody looked before it was \
             replaced, and of the newest"
        );
    });
    assert_eq!(drops_of_last(), 1, "drops of a replaced value, when nobody looked at it any more");

    local.unset();
    let ((early, drops_of_early), (returned, drops_of_returned)) = (parcel(), parcel());
    let sets_another = || {
        local.set(early);
        returned
    };
    let drops = local.with_or_init(sets_another, |_| [drops_of_early(), drops_of_returned()]);
    assert_eq!(
        drops,
        [1, 0],
        "when `with_or_init` called `f`: how often [the value that `init` set, the value that `init` \
         returned] had been dropped"
    );
}

/// A value whose destructor panics, if it is a bad one.
struct Crate {
    number: u32,
    bad: bool,
}

impl Drop for Crate {
    fn drop(&mut self) {
        assert!(!self.bad, "the crate breaks, on purpose");
    }
}

/// Replaces, unsets and leaves values whose destructors panic, and catches each of these panics.
fn break_some() {
    let good = |number| Crate { number, bad: false };
    let bad = || Crate { number: 0, bad: true };
    let breaks = |work: &dyn Fn()| {
        let payload = panic::catch_unwind(AssertUnwindSafe(work)).err();
        let payload = payload.expect("the panic of the destructor should reach the caller");
        let message = payload.downcast_ref::<&str>();
        assert_eq!(message, Some(&"the crate breaks, on purpose"), "the panic of the destructor");
    };
    let local: Local<Crate> = Local::new();
    let now = || local.with(|value| value.map(|value| value.number));

    local.set(bad());
    breaks(&|| local.set(good(1)));
    assert_eq!(
        now(),
        Some(1),
        "the variable after set(); the destructor of its old value panicked"
    );

    breaks(&|| local.scope(bad(), || ()));
    assert_eq!(
        now(),
        Some(1),
        "the variable's value after scope(); the destructor of the scope's own value panicked"
    );

    local.set(bad());
    breaks(&|| {
        local.unset();
    });
    assert_eq!(now(), None, "the variable after unset(); the destructor of its value panicked");

    let sets_a_bad_one = || {
        local.set(bad());
        good(2)
    };
    breaks(&|| local.with_or_init(sets_a_bad_one, |_| ()));
    assert_eq!(
        now(),
        Some(2),
        "the variable after with_or_init(); the destructor of a value that `init` had set panicked"
    );

    breaks(&|| {
        let other = Local::new();
        other.set(bad());
    });
    assert_eq!(
        now(),
        Some(2),
        "the variable after another one was dropped, whose value's destructor panicked"
    );
}

/// Breaks some crates when it is dropped, and keeps what came of it.
struct Breaks<'a>(&'a mut thread::Result<()>);

impl Drop for Breaks<'_> {
    fn drop(&mut self) {
        *self.0 = panic::catch_unwind(break_some);
    }
}

/// The destructor of a value panics: when the value is replaced or unset, at the end of a scope, when
/// `with_or_init` replaces what `init` itself has set, and when its variable is dropped. Each time the panic must reach the
/// caller, and the variable must be as it would have been without the panic. All this is done twice,
/// the second time while the thread is panicking already.
///
/// Whoever catches a panic goes on working with what is there, and relies on it.
#[test]
fn a_panic_in_a_destructor() {
    break_some();
    let mut broken = Ok(());
    let failed = panic::catch_unwind(AssertUnwindSafe(|| {
        let _breaks = Breaks(&mut broken);
        panic!("the request fails, on purpose");
    }));
    let failed: thread::Result<()> = failed;
    if let Err(payload) = broken {
        panic::resume_unwind(payload);
    }
    let message = failed.err().and_then(|payload| payload.downcast_ref::<&str>().copied());
    assert_eq!(message, Some("the request fails, on purpose"), "the panic of the request");
}

/// A value whose destructor panics, once, if it is still armed.
struct Trap(Arc<AtomicBool>);

impl Drop for Trap {
    fn drop(&mut self) {
        assert!(!self.0.swap(false, SeqCst), "the trap snaps, on purpose");
    }
}

/// Another thread drops a variable in which the main thread has a value whose destructor panics. That
/// value may stay for now. Then the main thread sets, unsets and initializes other variables, or opens
/// a scope. Whether or not this calls the destructor, the variable must then be set, unset or restored
/// as if nothing had panicked.
///
/// Whoever tidies up on the way must expect that something breaks.
#[test]
fn what_was_left_behind_panics() {
    type Change = fn(&Local<u32>);
    let unset: Change = |local| {
        local.unset();
    };
    let changes: [(&str, Change, [Option<u32>; 2]); 4] = [
        ("set(2)", |local| local.set(2), [Some(2), Some(2)]),
        ("unset()", unset, [None, None]),
        ("with_or_init() of 2", |local| local.with_or_init(|| 2, |_| ()), [Some(2), Some(1)]),
        ("a scope", |local| local.scope(2, || ()), [None, Some(1)]),
    ];
    for (what, change, [if_unset, if_set]) in changes {
        for (is_set, comes_later) in [(false, false), (true, false), (false, true)] {
            let local = Local::new();
            if is_set {
                local.set(1);
            }
            let armed = Arc::new(AtomicBool::new(true));
            let left_behind = Local::new();
            left_behind.set(Trap(Arc::clone(&armed)));
            let drops_it = move || {
                let _gone = left_behind;
            };
            thread::spawn(drops_it).join().expect("it has no value there");
            let local = if comes_later { Local::new() } else { local };
            let changed = panic::catch_unwind(AssertUnwindSafe(|| change(&local)));
            armed.store(false, SeqCst);
            let message = changed.err().map(|payload| payload.downcast_ref::<&str>().copied());
            assert!(
                matches!(message, None | Some(Some("the trap snaps, on purpose"))),
                "the panic that came out of {what}: {message:?}"
            );
            let wanted = if is_set { if_set } else { if_unset };
            assert_eq!(
                local.get(),
                wanted,
                "the variable after {what}; the destructor of a value left behind panics"
            );
        }
    }
}

/// Two threads each have a value in the same variable. The main thread looks at its own, and then
/// drops the variable. Its value must be dropped with it; nobody could ever reach it again. The other
/// thread's value may stay until that thread ends. The main thread's value in another variable must
/// stay.
#[test]
fn dropped_with_its_local() {
    let (of_main, drops_of_main) = parcel();
    let (of_thread, drops_of_thread) = parcel();
    let (of_other, drops_of_other) = parcel();
    let local = Arc::new(Local::new());
    let other = Local::new();
    local.set(of_main);
    other.set(of_other);

    let (ready, is_ready) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let theirs = Arc::clone(&local);
    let thread = thread::spawn(move || {
        theirs.set(of_thread);
        drop(theirs);
        ready.send(()).expect("the main thread listens");
        may_go_on.recv().expect("the main thread answers");
    });
    is_ready.recv().expect("the thread sets its value");
    let seen = local.with(|value| value.is_some());
    assert!(seen, "the main thread has set the variable, but found no value in it");
    assert_eq!(drops_of_main(), 0, "drops of a value whose variable is still there");
    drop(local);
    assert_eq!(
        drops_of_main(),
        1,
        "how often the main thread's value had been dropped after it dropped the variable"
    );
    assert_eq!(drops_of_other(), 0, "drops of a value whose variable is still there");
    assert!(other.with(|value| value.is_some()), "the other variable has lost its value");

    go_on.send(()).expect("the thread listens");
    thread.join().expect("the thread should not have panicked");
    assert_eq!(drops_of_thread(), 1, "drops of a value whose variable and thread are both gone");
}

/// A thread panics while it owns a variable with a value, and the panic is caught. On its way the
/// panic drops the variable, so the value must be gone when the panic is caught, just as if the variable
/// had been dropped without a panic. The thread's value in another variable must stay.
///
/// A thread that survives one failed request serves thousands, and what each leaves behind adds up.
#[test]
fn dropped_while_unwinding() {
    let (of_request, drops_of_request) = parcel();
    let (of_thread, drops_of_thread) = parcel();
    let kept = Local::new();
    kept.set(of_thread);
    let failed = panic::catch_unwind(AssertUnwindSafe(|| {
        let local = Local::new();
        local.set(of_request);
        local.with(|_| panic!("the request fails, on purpose"));
    }));
    let failed: thread::Result<()> = failed;
    assert!(failed.is_err(), "the panic should reach whoever catches it");
    assert_eq!(
        drops_of_request(),
        1,
        "how often the value was dropped, after a panic had dropped its variable"
    );
    assert_eq!(drops_of_thread(), 0, "drops of a value whose variable is still there");
    assert!(kept.with(|value| value.is_some()), "the other variable has lost its value");
}

/// The variables used by the check below.
#[derive(Default)]
struct Desk {
    letter: Local<Letter>,
    notes: Local<usize>,
    receipt: Local<Arc<AtomicUsize>>,
}

/// A value whose destructor uses the variables, including the one that holds it, makes and drops another,
/// and takes a note.
struct Letter {
    desk: Arc<Desk>,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Letter {
    fn drop(&mut self) {
        let notes = self.desk.notes.get().unwrap_or(0);
        self.desk.notes.set(notes + 1);
        self.desk
            .notes
            .with_or_init(|| 1, |notes| assert!(*notes > 0, "notes are never taken back"));
        self.desk.notes.scope(0, || self.desk.letter.with(|_own_or_none| ()));
        let envelope = Local::new();
        envelope.set(0);
        let _ = Some(envelope);
        self.desk.receipt.set(Arc::clone(&self.dropped));
        self.dropped.fetch_add(1, SeqCst);
    }
}

/// A value is replaced, unset, or dropped at the end of a scope, with its variable, or at the end
/// of its thread. Its destructor uses that variable and others, and makes a new one. Each time the
/// destructor must run to its end, without a panic or a wait, and a value that it sets must be
/// dropped in the end, too.
///
/// Otherwise a connection that logs its own closing would bring the program down.
#[test]
fn destructors_may_use_locals() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dropped);
    let thread = thread::spawn(move || {
        let desk = Arc::new(Desk::default());
        let letter = || Letter { desk: Arc::clone(&desk), dropped: Arc::clone(&count) };
        let mut notes = Vec::new();
        desk.letter.set(letter());
        desk.letter.set(letter());
        notes.push(desk.notes.get());
        desk.letter.unset();
        notes.push(desk.notes.get());
        desk.letter.scope(letter(), || ());
        notes.push(desk.notes.get());
        let sets_another = || {
            desk.letter.set(letter());
            letter()
        };
        desk.letter.with_or_init(sets_another, |_| ());
        notes.push(desk.notes.get());
        {
            let drawer = Local::new();
            drawer.set(letter());
        }
        notes.push(desk.notes.get());
        let drawer = Local::new();
        drawer.set(letter());
        let other = thread::spawn(move || {
            let _dropped_here = drawer;
        });
        other.join().expect("another thread can drop a variable");
        // Now is a good time to throw away what was in it; the end of the thread is another.
        desk.receipt.unset();
        Local::new().set(0);
        notes
    });
    let notes = thread.join().expect("a destructor that uses a variable should not panic");
    assert_eq!(
        notes,
        [Some(1), Some(2), Some(3), Some(4), Some(5)],
        "notes taken by the destructors of a value [replaced, unset, at the end of its scope, replaced by \
         a first value, dropped with its variable]"
    );
    assert_eq!(dropped.load(SeqCst), 7, "destructors that finished, including those at thread end");
    let owners = Arc::strong_count(&dropped);
    assert_eq!(
        owners, 1,
        "owners of the count: a value that a destructor has set was never dropped"
    );
}

/// Starts a thread when it is dropped, which makes and uses a variable, and waits for it.
struct Helped(Arc<AtomicUsize>);

impl Drop for Helped {
    fn drop(&mut self) {
        let helped = Arc::clone(&self.0);
        let helper = thread::spawn(move || {
            let local = Local::new();
            local.set(1);
            helped.fetch_add(local.get().unwrap_or(0), SeqCst);
        });
        helper.join().expect("a thread that uses a new variable should not panic");
    }
}

/// A value is replaced, unset, or dropped at the end of a scope or with its variable. Each time its
/// destructor waits for another thread, which makes a variable, sets it, looks at it and drops it. That
/// thread must not have to wait.
///
/// What one thread does with a variable is nobody else's concern, however long it takes.
#[test]
fn a_destructor_waits_for_a_thread() {
    let count = Arc::new(AtomicUsize::new(0));
    let helped = || Helped(Arc::clone(&count));
    let local = Local::new();
    local.set(helped());
    local.set(helped());
    assert_eq!(count.load(SeqCst), 1, "threads that helped when a value was replaced");
    assert!(local.unset(), "the variable was set");
    assert_eq!(count.load(SeqCst), 2, "threads that helped, after the other value was unset");
    local.scope(helped(), || ());
    assert_eq!(count.load(SeqCst), 3, "threads that helped, after the end of a scope");
    local.set(helped());
    {
        let _gone = local;
    }
    assert_eq!(count.load(SeqCst), 4, "threads that helped, after the variable was dropped");
}

/// Unsets its variable when it is dropped, if it is the first one.
struct Undo<'a> {
    local: &'a Local<Undo<'static>>,
    first: bool,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if self.first {
            self.local.unset();
        }
    }
}

/// `init` sets the variable to one value and returns another, which must replace the first. The
/// destructor of the first value unsets the variable. All the same, `f` must be called, with the value that `init`
/// returned.
///
/// Between setting a variable and looking at it, foreign code may run.
#[test]
fn unset_by_a_destructor() {
    let local: &'static Local<Undo<'static>> = Box::leak(Box::new(Local::new()));
    let undo = |first| Undo { local, first };
    let init = || {
        local.set(undo(true));
        undo(false)
    };
    let called_with = local.with_or_init(init, |undo| undo.first);
    assert!(!called_with, "`f` was called with the value that `init` had set, not with the other");
    local.unset();
}

/// Sets its variable again when it is dropped, a few times, and each time sends a new variable.
struct Again {
    left: u32,
    local: Arc<Local<Again>>,
    count: Arc<AtomicUsize>,
    new_ones: mpsc::Sender<Local<u32>>,
}

impl Drop for Again {
    fn drop(&mut self) {
        self.count.fetch_add(1, SeqCst);
        self.new_ones.send(Local::new()).expect("the main thread listens");
        if let Some(left) = self.left.checked_sub(1) {
            let (local, count) = (Arc::clone(&self.local), Arc::clone(&self.count));
            self.local.set(Again { left, local, count, new_ones: self.new_ones.clone() });
        }
    }
}

thread_local! {
    /// A value that a thread keeps without the help of a `Local`.
    static KEPT: RefCell<Option<Again>> = const { RefCell::new(None) };
}

/// A thread ends, and the destructor of its value sets the variable again, twenty times in a row.
/// So does the destructor of a value in a `thread_local!`. In one thread the variable was used
/// first, in another the `thread_local!`; so when one destructor runs, the other's values may
/// already be gone. Every value must be dropped. New variables, made by the destructors, must be
/// unset in the main thread, and keep what it sets.
///
/// Destructors run when a part of the thread is gone already. What is made or set by then counts as
/// well.
#[test]
fn at_the_very_end() {
    let locals: Vec<_> = (0..100).map(|_| Local::new()).collect();
    for (number, local) in (0..).zip(&locals) {
        local.set(number);
    }
    let (new_ones, come) = mpsc::channel();
    for kept_first in [true, false] {
        let counts = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        // Made here, so that making one need not be the first thing that the thread does.
        let local = Arc::new(Local::new());
        let again = {
            let (counts, new_ones) = (counts.clone(), new_ones.clone());
            move |own: usize| {
                let (local, count) = (Arc::clone(&local), Arc::clone(&counts[own]));
                Again { left: 20, local, count, new_ones: new_ones.clone() }
            }
        };
        let thread = thread::spawn(move || {
            let keep = || KEPT.set(Some(again(1)));
            if kept_first {
                keep();
            }
            let value = again(0);
            let local = Arc::clone(&value.local);
            local.set(value);
            Local::new().set(0);
            if !kept_first {
                keep();
            }
        });
        thread.join().expect("a destructor that uses a variable should not panic");
        let dropped = counts.map(|count| count.load(SeqCst));
        assert_eq!(
            dropped,
            [21, 21],
            "values dropped when a thread ended that had used {} first: [the variable's own value and \
             twenty more, the value in the `thread_local!` and twenty more]",
            if kept_first { "the `thread_local!`" } else { "the variable" }
        );
    }
    drop(new_ones);
    let new_ones: Vec<_> = come.iter().collect();
    for (number, local) in (100..).zip(&new_ones) {
        assert_eq!(local.get(), None, "a new variable, made while a thread ended");
        local.set(number);
    }
    for (number, local) in (0..).zip(locals.iter().chain(&new_ones)) {
        assert_eq!(local.get(), Some(number), "variable number {number}, set to its own number");
    }
}
