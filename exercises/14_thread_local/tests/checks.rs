//! Whose value it is: several threads, several instances, and one use inside another.

use probe as _; // Names the checks that hang at your desk.
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Barrier, mpsc};
use std::thread::{self, JoinHandle};
use thread_local::Local;

/// Starts a thread that works with a variable.
fn start<T, R>(
    local: &Arc<Local<T>>,
    work: impl FnOnce(&Local<T>) -> R + Send + 'static,
) -> JoinHandle<R>
where
    T: Send + Sync,
    R: Send + 'static,
{
    let local = Arc::clone(local);
    thread::spawn(move || work(&local))
}

/// Waits for the thread to end and returns its result.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the variable should not have panicked")
}

/// Whether `f` panics.
fn panics<R>(f: impl FnOnce() -> R) -> bool {
    panic::catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// What `f` panics with, if it panics.
fn panics_with<T: 'static, R>(f: impl FnOnce() -> R) -> Option<T> {
    let payload = panic::catch_unwind(AssertUnwindSafe(f)).err()?;
    payload.downcast().ok().map(|payload| *payload)
}

/// The main thread sets the variable, and so do two other threads, which then look at their values
/// at the same time. Each of the two must first find the variable unset, then find its own value,
/// and never another thread's. No thread may have to wait until another has finished looking.
///
/// Threads share everything else. This is the one thing that each of them has to itself.
#[test]
fn each_thread_its_own() {
    let local = Arc::new(Local::new());
    assert_eq!(local.get(), None, "a new variable should be unset");
    assert!(!local.unset(), "unset() returned true, but there was no value");
    local.set(0);
    assert_eq!(local.get(), Some(0), "what the main thread has set");
    local.set(10);
    assert_eq!(local.get(), Some(10), "what the main thread set the second time");

    let both_here = Arc::new(Barrier::new(2));
    let threads = [1, 2].map(|number| {
        let both_here = Arc::clone(&both_here);
        start(&local, move |local| {
            let at_first = local.get();
            local.set(number);
            let inside = local.with(|value| {
                both_here.wait();
                value.copied()
            });
            (at_first, inside, local.get(), local.unset(), local.get())
        })
    });
    let [one, two] = threads.map(finish);
    let facts = "(at first, while both look, after that, whether unset() found it, at the end)";
    assert_eq!(one, (None, Some(1), Some(1), true, None), "thread 1 {facts}");
    assert_eq!(two, (None, Some(2), Some(2), true, None), "thread 2 {facts}");
    assert_eq!(local.get(), Some(10), "the main thread's value, after the others ended");
    assert_eq!(
        finish(start(&local, Local::get)),
        None,
        "a thread that came later, and set nothing"
    );
}

/// Two threads use three variables, two of which have the same type. Setting or unsetting one of
/// them must leave the others alone. Then the main thread uses two more, one for the value `()` and
/// one for the value `None`. A variable with such a value is set, and one without it is not.
///
/// Otherwise a library that uses the same type as you do would find your values in its variable.
#[test]
fn two_instances() {
    let locals = Arc::new((Local::new(), Local::new(), Local::new()));
    let work = |number: u32| {
        let locals = Arc::clone(&locals);
        thread::spawn(move || {
            let (user, request, name) = &*locals;
            user.set(number);
            let untouched = (request.get(), name.get());
            request.set(number + 10);
            name.set(format!("thread {number}"));
            let all = (user.get(), request.get(), name.get());
            user.unset();
            (untouched, all, (user.get(), request.get(), name.get()))
        })
    };
    for (number, thread) in [(1, work(1)), (2, work(2))] {
        let (untouched, all, one_less) = finish(thread);
        assert_eq!(untouched, (None, None), "the others, when one variable was set");
        let name = Some(format!("thread {number}"));
        assert_eq!(all, (Some(number), Some(number + 10), name.clone()), "all three were set");
        assert_eq!(one_less, (None, Some(number + 10), name), "the first one was unset");
    }

    let (flag, choice) = (Local::<()>::new(), Local::<Option<u32>>::new());
    let both_unset = [flag.unset(), choice.unset()];
    assert_eq!(
        both_unset,
        [false, false],
        "unset() of two new variables, a `Local<()>` and a `Local<Option<_>>`"
    );
    flag.set(());
    choice.set(None);
    assert_eq!((flag.get(), choice.get()), (Some(()), Some(None)), "they were set to () and None");
    let both_unset = [flag.unset(), choice.unset()];
    assert_eq!(both_unset, [true, true], "unset() of two variables that were set to () and None");
    assert_eq!(
        (flag.get(), choice.get()),
        (None, None),
        "what get() returned when both were unset"
    );
    assert!(flag.scope((), || flag.get().is_some()), "the flag is set in the scope");
    assert_eq!(flag.get(), None, "the flag was unset before the scope");
}

/// Two threads make a variable each, at the same time, and hand them to the main thread, which sets
/// one after the other. They must be two variables, and each must keep its own value.
///
/// If variables were told apart by something that both threads could get, one value would overwrite
/// the other, once in a million times.
#[test]
fn made_at_once() {
    let makers = [0, 1].map(|_| thread::spawn(Local::<u32>::new));
    let [left, right] = makers.map(finish);
    left.set(1);
    right.set(2);
    assert_eq!((left.get(), right.get()), (Some(1), Some(2)), "two variables, set to 1 and 2");
    assert!(left.unset(), "the first variable was set");
    assert_eq!(right.get(), Some(2), "the second variable, when the first was unset");
}

/// A variable is set and then moved to another place: it must still have its value. Then three
/// variables live one after another. Each must be unset at first, in the main thread and in one
/// that had a value in each earlier one. There, `get` must return `None`, `unset` must return
/// `false`, and after a `scope` there must still be no value.
///
/// A value that turns up in another variable is worse than a value that is lost: it may be somebody
/// else's password.
#[test]
fn a_new_one_starts_empty() {
    let local = Local::new();
    local.set(1);
    let moved = Box::new(local);
    assert_eq!(moved.get(), Some(1), "the variable was moved, and its value with it");
    drop(moved);

    let (give, given) = mpsc::channel::<Arc<Local<u32>>>();
    let (tell, told) = mpsc::channel();
    let worker = thread::spawn(move || {
        for (nth, local) in given.iter().enumerate() {
            let found = local.get();
            let unset = nth == 1 && local.unset();
            if nth == 2 {
                local.scope(6, || ());
            }
            let restored = local.get();
            local.set(7);
            drop(local);
            tell.send((found, unset, restored)).expect("the main thread listens");
        }
    });
    for nth in ["first", "second", "third"] {
        let local = Arc::new(Local::new());
        assert_eq!(
            local.get(),
            None,
            "the {nth} variable in the main thread, which had not set it yet"
        );
        local.set(8);
        give.send(Arc::clone(&local)).expect("the worker listens");
        let (found, unset, restored) = told.recv().expect("the worker answers");
        assert_eq!(found, None, "the {nth} variable in the other thread, which had not set it yet");
        assert!(
            !unset,
            "unset() of the {nth} variable returned true in a thread that had not set it yet"
        );
        assert_eq!(
            restored, None,
            "the {nth} variable in the other thread, which had not set it yet, after \
             unset() or a scope"
        );
    }
    drop(give);
    finish(worker);
}

/// Seventy thousand variables are made and dropped, one after another. Each must be unset at first,
/// and a variable that was set before all of them must keep its value. Then another thread sets a
/// variable, which is dropped. In 66,000 new ones, that thread must not find a value, either.
///
/// By then, whatever is numbered in 8 or 16 bits has used every number there is.
#[test]
fn seventy_thousand_variables() {
    let first = Local::new();
    first.set(7);
    Local::new().set(8);
    for number in 1..=70_000 {
        let local = Local::<i32>::new();
        assert_eq!(local.get(), None, "variable number {number} should be unset");
        if number % 3 == 0 {
            local.set(number);
        }
    }
    assert_eq!(first.get(), Some(7), "the variable that was made before all the others");
    let (give, given) = mpsc::channel::<Arc<Local<i32>>>();
    let (tell, told) = mpsc::channel();
    let worker = thread::spawn(move || {
        for (number, local) in given.iter().enumerate() {
            let found = local.get();
            if number == 0 {
                local.set(9);
            }
            // It is gone when the main thread has dropped it, too.
            drop(local);
            tell.send(found).expect("the check listens");
        }
    });
    for number in 0..=66_000 {
        let local = Arc::new(Local::new());
        if number % 256 == 0 || number > 65_530 {
            give.send(Arc::clone(&local)).expect("the worker listens");
            let found = told.recv().expect("the worker answers");
            assert_eq!(found, None, "variable number {number} in the other thread");
        }
    }
    drop(give);
    finish(worker);
}

/// One thread makes 250 variables, the main thread 70,000, and then a third thread makes 250 more.
/// All are there at the same time. Every 250th of the main thread's is set to its number, and all of
/// the others' to numbers from 70,000 on. These must have their values, and the rest must be unset.
///
/// There can be any number of variables, so no table in which they all have their places may be too
/// small, and no two of them may share a place, whoever made them.
#[test]
fn seventy_thousand_at_once() {
    const MANY: usize = 70_000;
    let make = |many| -> Vec<_> { (0..many).map(|_| Local::<usize>::new()).collect() };
    let before = finish(thread::spawn(move || make(250)));
    let locals = make(MANY);
    let after = finish(thread::spawn(move || make(250)));
    let of_others = || (MANY..).zip(before.iter().chain(&after));
    for (number, local) in of_others().chain(locals.iter().enumerate().step_by(250)) {
        local.set(number);
    }
    for (number, local) in locals.iter().enumerate().step_by(7) {
        let expected = (number % 250 == 0).then_some(number);
        let was = if expected.is_some() { "was set to that" } else { "was never set" };
        assert_eq!(
            local.get(),
            expected,
            "the value of variable number {number}, which {was} (those of others have 70000 and more)"
        );
    }
    for (number, local) in of_others() {
        assert_eq!(
            local.get(),
            Some(number),
            "the value of a variable that another thread made, and that was set to {number}"
        );
    }
}

/// A value that takes a note whenever it is copied.
struct Page {
    copies: Arc<Local<u32>>,
    local: Arc<Local<Page>>,
}

impl Clone for Page {
    fn clone(&self) -> Self {
        self.copies.set(self.copies.get().unwrap_or(0) + 1);
        let scrap = Local::new();
        scrap.set(0);
        let _ = Some(scrap);
        let copy = || Page { copies: Arc::clone(&self.copies), local: Arc::clone(&self.local) };
        self.local.set(copy());
        copy()
    }
}

/// While one function looks at the variable, it calls code that looks at it, too, sets it, unsets
/// it, and uses and makes other variables. So does the `clone` of a value, while it is copied. None
/// of this may panic or wait, and the value that is being looked at must stay the same.
///
/// Functions that use such a variable call each other without knowing it. That must be safe.
#[test]
fn with_inside_with() {
    let name = Local::new();
    let line = Local::new();
    name.set("Ada".to_string());
    name.with(|outer| {
        let outer = outer.expect("the name was set");
        name.with(|inner| assert_eq!(inner, Some(outer), "the value in a nested `with`"));
        line.set(1);
        line.with(|line| assert_eq!(line, Some(&1), "another variable, set and looked at"));
        let color = Local::new();
        color.set("red");
        assert_eq!(color.get(), Some("red"), "a variable that was made inside `with`");
        let _ = Some(color);

        name.set("Grace".to_string());
        assert_eq!(
            name.get().as_deref(),
            Some("Grace"),
            "what get() returned after set(), inside `with`"
        );
        assert_eq!(outer, "Ada", "the value that the outer `with` had lent");
        name.scope("Edsger".to_string(), || {
            assert_eq!(
                name.get().as_deref(),
                Some("Edsger"),
                "what get() returned in a scope, inside `with`"
            );
        });
        assert!(name.unset(), "unset() returned false inside `with`, but there was a value");
        assert_eq!(name.get(), None, "what get() returned after unset(), inside `with`");
        assert_eq!(outer, "Ada", "the value that the outer `with` had lent");
    });
    assert_eq!((name.get(), line.get()), (None, Some(1)), "what the innermost calls left behind");
    name.with(|none| {
        assert!(none.is_none(), "the variable is unset");
        name.set("Edsger".to_string());
    });
    let unset = name.with(|lent| (name.unset(), lent.is_some_and(|lent| lent == "Edsger")));
    assert_eq!(unset, (true, true), "(unset() of the value being looked at, whether that stays)");

    let greeting = name.with_or_init(
        || {
            let number = line.with(|line| line.copied().unwrap_or(0));
            assert_eq!(name.get(), None, "not set while its first value is being made");
            line.set(number + 1);
            format!("guest {number}")
        },
        |guest| {
            name.set("Barbara".to_string());
            format!("Good evening, {guest}")
        },
    );
    assert_eq!(greeting, "Good evening, guest 1", "made with the help of another variable");
    assert_eq!(name.get().as_deref(), Some("Barbara"), "set by `f`, which has the first value");
    assert_eq!(line.get(), Some(2), "the other variable, set by `init`");

    let (copies, local) = (Arc::new(Local::new()), Arc::new(Local::new()));
    local.set(Page { copies: Arc::clone(&copies), local: Arc::clone(&local) });
    assert!(local.get().is_some(), "get() returned None, but there was a value");
    assert_eq!(copies.get(), Some(1), "copies, counted by the `clone` of the value");
    // The value owns its variable.
    assert!(local.unset(), "the `clone` of the value has set the variable again");
}

/// Two threads ask twice for a value that is made at its first use. Each must make it once, and not
/// at all if there is one already. If `init` panics, nothing may be set but what `init` itself has
/// set; if `f` panics, the first value must stay. If `init` sets the variable itself and then returns, the
/// value that it returns must count.
///
/// Think of database connections: one for each thread, a server that is down for a moment, and a
/// log that is kept in the database, too.
#[test]
fn init_once_per_thread() {
    let local = Arc::new(Local::new());
    local.set(0);
    let work = |number: u32| {
        start(&local, move |local| {
            let first = local.with_or_init(|| number, |value| *value);
            let again = local.with_or_init(|| number + 100, |value| *value);
            (first, again, local.get())
        })
    };
    let threads = [work(1), work(2)];
    let kept = local.with_or_init(|| 100, |value| *value);
    assert_eq!(threads.map(finish), [(1, 1, Some(1)), (2, 2, Some(2))], "(first, again, finally)");
    assert_eq!((kept, local.get()), (0, Some(0)), "it was set already, so nothing should be made");

    local.unset();
    let failed = panics(|| local.with_or_init(|| panic!("the server is down"), |value| *value));
    assert!(failed, "the panic of `init` should have reached the caller");
    assert_eq!(local.get(), None, "making the value failed");
    assert!(
        !local.unset(),
        "unset() returned true, but `init` had panicked, so there was no value"
    );
    assert_eq!(local.with_or_init(|| 5, |value| *value), 5, "the second attempt");

    local.unset();
    let mut in_f = None;
    let use_it = |_: &u32| {
        in_f = local.get();
        panic!("a bad query, on purpose")
    };
    let failed: Option<&str> = panics_with(|| -> () { local.with_or_init(|| 6, use_it) });
    assert_eq!(failed, Some("a bad query, on purpose"), "the panic of `f` that reached the caller");
    assert_eq!(in_f, Some(6), "what get() returned inside `f` of `with_or_init`");
    assert_eq!(
        local.get(),
        Some(6),
        "what get() returned after `f` of `with_or_init` had panicked"
    );

    let sets_it = || {
        local.set(100);
        7
    };
    let makes_it = || local.with_or_init(|| 8, |value| *value) + 1;
    let early: [(&dyn Fn() -> u32, u32); 2] = [(&sets_it, 7), (&makes_it, 9)];
    for (init, value) in early {
        local.unset();
        assert_eq!(local.with_or_init(init, |value| *value), value, "what `init` returned");
        let kept = local.get();
        assert_eq!(
            kept,
            Some(value),
            "what `init` returned, though the variable had a value by then"
        );
    }

    local.unset();
    let sets_it_and_fails = || {
        local.set(10);
        panic!("the server is down, on purpose")
    };
    let failed: Option<&str> = panics_with(|| local.with_or_init(sets_it_and_fails, |_| ()));
    let message = Some("the server is down, on purpose");
    assert_eq!(failed, message, "the panic of `init` that reached the caller");
    assert_eq!(local.get(), Some(10), "what `init` had set before it panicked");
}

/// A thread opens scopes one within another, up to three hundred, and scopes in which it sets or
/// unsets the variable. When a scope ends, the variable must be as it was when the scope began:
/// with the value from before, or with none. Other variables must keep their values all the time.
///
/// A caller must be able to rely on what it knew before the call.
#[test]
fn a_scope_ends() {
    let local = Local::new();
    let seen = local.scope(1, || {
        let outer = local.get();
        let inner = local.scope(2, || local.get());
        (outer, inner, local.get())
    });
    assert_eq!(seen, (Some(1), Some(2), Some(1)), "(outer scope, inner scope, outer scope again)");
    assert_eq!(local.get(), None, "there was no value before the scope");

    local.set(3);
    local.scope(4, || local.set(5));
    assert_eq!(local.get(), Some(3), "before the scope it was 3, in the scope it was set");
    local.scope(6, || {
        assert!(local.unset(), "the scope has a value");
        assert_eq!(local.get(), None, "unset in the scope");
        assert!(!local.unset(), "the scope's value was unset already");
    });
    assert_eq!(local.get(), Some(3), "before the scope it was 3, in the scope it was unset");
    local.unset();
    local.scope(7, || local.set(8));
    assert_eq!(local.get(), None, "before the scope there was no value, in the scope it was set");

    fn nest(local: &Local<u32>, others: &[Local<u32>; 2], depth: u32) {
        local.scope(depth, || {
            if depth < 300 {
                nest(local, others, depth + 1);
            }
            assert_eq!(
                local.get(),
                Some(depth),
                "the value of scope {depth}, after those within it"
            );
            let values = others.each_ref().map(Local::get);
            assert_eq!(values, [Some(1), Some(2)], "two other variables, in scope {depth}");
        });
    }
    let [before, local, after] = [0; 3].map(|_| Local::new());
    before.set(1);
    after.set(2);
    nest(&local, &[before, after], 1);
    assert_eq!(local.get(), None, "there was no value before three hundred scopes");
}

/// Two threads of a pool handle requests, each in a scope that holds the request's number. Two
/// requests panic, and both panics must reach the thread unchanged. In the last one, a part in a
/// scope of its own panics, and the request goes on. Code that asks for the number must always get
/// its own request's, and between requests none.
///
/// The threads of a pool do not end, so nothing is cleaned up for you. A number that is left behind
/// puts somebody else's name on the next request's log lines, or opens somebody else's account.
#[test]
fn requests_do_not_leak() {
    let request = Arc::new(Local::new());
    let pool = [100, 200].map(|number| {
        start(&request, move |request| {
            let log_line = || request.get();
            let before = log_line();
            let first = request.scope(number, log_line);
            let between = log_line();
            let not_found = || -> () { panic::panic_any(404) };
            let failed: Option<i32> = panics_with(|| request.scope(number + 1, not_found));
            let bad: Option<String> = panics_with(|| {
                request.scope(number + 2, || {
                    request.scope(number + 3, || -> () {
                        request.with(|number| panic!("{number:?} was bad, on purpose"))
                    })
                })
            });
            let after_failures = log_line();
            let (part_failed, last) = request.scope(number + 4, || {
                let part = || request.scope(number + 5, || panic!("a bad part, on purpose"));
                (panics(part), log_line())
            });
            assert!(part_failed, "the panic of the part should have reached its request");
            (failed, bad, [before, first, between, after_failures, last, log_line()])
        })
    });
    for (number, worker) in [100, 200].into_iter().zip(pool) {
        let (failed, bad, seen) = finish(worker);
        assert_eq!(
            failed,
            Some(404),
            "the number that a request panicked with, as it reached the pool"
        );
        let message = format!("Some({}) was bad, on purpose", number + 3);
        assert_eq!(
            bad,
            Some(message),
            "the text that another request panicked with, as it reached the pool"
        );
        assert_eq!(
            seen,
            [None, Some(number), None, None, Some(number + 4), None],
            "[before, first request, between, after two that failed, last request after a part of it failed, \
             at the end]"
        );
    }
}
