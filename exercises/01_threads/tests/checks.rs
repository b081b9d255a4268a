//! Checks for the `threads` exercise.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, panic_any};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use threads::run_all;

/// The work of a job, boxed so that different closures fit into one list.
type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// A job: its name and its work.
fn job<T>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> (String, Work<T>) {
    (name.to_string(), Box::new(work))
}

/// What became of a job, as text that can be compared.
fn outcome<T: ToString>(result: thread::Result<T>) -> String {
    match result {
        Ok(value) => format!("ok: {}", value.to_string()),
        Err(payload) => format!("panicked: {}", words(&*payload)),
    }
}

/// What a job panicked with, as text. That is a `&str` after `panic!("text")`, a `String` after
/// `panic!("text {value}")`, and after `panic_any` whatever it was given.
fn words(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text.to_string()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else if let Some(number) = payload.downcast_ref::<u32>() {
        format!("the number {number}")
    } else {
        "with something else".to_string()
    }
}

/// Runs three jobs that have nothing to do with each other. Any of them may finish first, but the
/// results must be in the order of the jobs: the caller has no other way to tell them apart.
#[test]
fn results_in_order_of_jobs() {
    let jobs = vec![job("light", || 10), job("sound", || 20), job("curtain", || 30)];
    let results: Vec<String> = run_all(jobs).into_iter().map(outcome).collect();
    assert_eq!(
        results,
        ["ok: 10", "ok: 20", "ok: 30"],
        "the results of light, sound and curtain, in this order"
    );
}

/// Runs three jobs and asks each of them which thread it is on. There must be three different
/// threads, and none of them may be the one that called `run_all`. A thread that is busy with one
/// job is not available for another.
#[test]
fn a_thread_for_each_job() {
    let caller = thread::current().id();
    let jobs = ["light", "sound", "curtain"].map(|name| job(name, || thread::current().id()));
    let on: Vec<ThreadId> = run_all(Vec::from(jobs))
        .into_iter()
        .map(|result| result.expect("no job panicked"))
        .collect();
    assert_eq!(on.len(), 3, "results of three jobs");
    assert!(!on.contains(&caller), "a job ran on the thread that called `run_all`");
    let all_differ = on[0] != on[1] && on[1] != on[2] && on[2] != on[0];
    assert!(all_differ, "two jobs ran on the same thread");
}

/// Runs four jobs and asks each for the name of the thread it is on. Two of the jobs have the same
/// name, one has a long name that begins and ends with a space, and one has an empty name. Each
/// thread must have exactly its job's name, spaces included. The name appears in panic messages, in
/// debuggers and in process lists, and is often the only clue to which thread is in trouble.
#[test]
fn threads_bear_their_names() {
    let long = " the second assistant of the prompter, who is also the understudy of the third witch, Zoë ";
    let names = ["stage hand", "stage hand", long, ""];
    let jobs = names.map(|name| job(name, || thread::current().name().map(str::to_string)));
    let seen: Vec<Option<String>> = run_all(Vec::from(jobs))
        .into_iter()
        .map(|result| result.expect("no job panicked"))
        .collect();
    let expected = names.map(|name| Some(name.to_string()));
    assert_eq!(seen, expected, "the names of the threads that four jobs ran on");
}

/// What a job may return: this can be sent to another thread, and can do nothing else. It cannot be
/// printed, copied or compared, and threads cannot share it.
struct Ticket(Cell<u32>);

/// Runs two jobs whose results can be sent to another thread, and nothing else: they cannot be
/// printed, copied, compared or shared. `run_all` must return them, so its signature must have no
/// additional bounds. A job may return a file, a connection, or anything else that nobody can print
/// or copy.
#[test]
fn results_of_any_type() {
    let jobs = [7, 8].map(|seat| job("box office", move || Ticket(Cell::new(seat))));
    let seats: Vec<u32> = run_all(Vec::from(jobs))
        .into_iter()
        .map(|result| result.map_or(0, |ticket| ticket.0.get()))
        .collect();
    assert_eq!(seats, [7, 8], "the seats on the tickets that two jobs returned");
}

/// Runs three jobs, each of which waits until all three are running. All three must be started
/// before `run_all` waits for any of them; otherwise this never ends. If a job has to wait until
/// another one is over, threads have gained you nothing.
#[test]
fn all_run_at_once() {
    let everybody = Arc::new(Barrier::new(3));
    let jobs = ["light", "sound", "curtain"].map(|name| {
        let everybody = Arc::clone(&everybody);
        job(name, move || {
            everybody.wait();
            name
        })
    });
    let results: Vec<String> = run_all(Vec::from(jobs)).into_iter().map(outcome).collect();
    assert_eq!(
        results,
        ["ok: light", "ok: sound", "ok: curtain"],
        "the results of three jobs that waited for each other"
    );
}

/// Runs 260 jobs, each of which waits until all 260 are running. All of them must run at once, and
/// the results must be in the order of the jobs: the second job comes before the tenth. That three
/// jobs can run at once does not prove that 260 can: there may be room for eight, or for one per
/// processor, or for as many as fit into a byte.
#[test]
fn a_whole_ensemble() {
    let everybody = Arc::new(Barrier::new(260));
    let jobs = (0..260).map(|seat| {
        let everybody = Arc::clone(&everybody);
        job("dancer", move || {
            everybody.wait();
            seat
        })
    });
    let results: Vec<u32> = run_all(jobs.collect())
        .into_iter()
        .map(|result| result.expect("no job panicked"))
        .collect();
    let seats: Vec<u32> = (0..260).collect();
    assert_eq!(results, seats, "the results of 260 jobs that waited for each other");
}

/// Runs 600 jobs, each of which waits until all of them are running. All of them must run at once, and
/// the results must be in the order of the jobs.
///
/// A limit that nobody has asked for is a job that never starts, and everybody waits for it.
#[test]
fn hundreds_of_dancers() {
    const DANCERS: usize = 600;
    let everybody = Arc::new(Barrier::new(DANCERS));
    let jobs = (0..DANCERS).map(|seat| {
        let everybody = Arc::clone(&everybody);
        job("dancer", move || {
            everybody.wait();
            seat
        })
    });
    let results = run_all(jobs.collect());
    let seats = results.into_iter().map(|result| result.expect("no job panicked"));
    assert!(seats.eq(0..DANCERS), "the results of 600 jobs are not in the order of the jobs");
}

/// Runs two jobs. The first calls `run_all` with one more job, which waits until the second is
/// running. The second starts a thread, which calls `run_all` with one job, too. Each call must
/// return its own results, and each job must have a thread of its own, even if it is the only one
/// in its list.
///
/// A job can be anything, and whoever writes it need not know that somebody else uses `run_all`.
#[test]
fn a_show_within_the_show() {
    let both = Arc::new(Barrier::new(2));
    let both_for_duel = Arc::clone(&both);
    let play = job("play", move || {
        let duel = job("duel", move || {
            both_for_duel.wait();
            format!("swords on {:?}", thread::current().name())
        });
        run_all(vec![duel]).into_iter().map(outcome).collect::<String>()
    });
    let sound = job("sound", move || {
        both.wait();
        let wings = thread::spawn(|| run_all(vec![job("wind", || "whistling")]));
        let results = wings.join().expect("`run_all` panics on a thread that a job has started");
        results.into_iter().map(outcome).collect::<String>()
    });
    let results: Vec<String> = run_all(vec![play, sound]).into_iter().map(outcome).collect();
    assert_eq!(
        results,
        [r#"ok: ok: swords on Some("duel")"#, "ok: ok: whistling"],
        "the results of `play` (its job `duel` names its thread) and of `sound` (its job `wind`)"
    );
}

/// Runs four jobs, three of which panic, each in a different way. Each panic must be in its job's
/// place, with the very value that the job panicked with, and the fourth result must be there, too.
/// Nobody can repair anything when told only that "something went wrong somewhere".
#[test]
fn a_panic_stays_in_its_place() {
    let jobs: Vec<(String, Work<u32>)> = vec![
        job("smoke", || panic!("no water in the machine")),
        job("light", || 10),
        job("flood", || panic_any(13_u32)),
        job("parcel", || panic_any(Box::new(7_u8) as Box<dyn Any + Send>)),
    ];
    let mut results = run_all(jobs);
    assert_eq!(results.len(), 4, "number of results of four jobs, three of which panicked");
    let parcel = results.pop().expect("there are four results");
    let is_box = parcel.is_err_and(|payload| payload.is::<Box<dyn Any + Send>>());
    assert!(is_box, "a job panicked with a box, and `run_all` did not return that very box");
    let is_str = results[0].as_ref().is_err_and(|payload| payload.is::<&str>());
    assert!(
        is_str,
        "`panic!` with plain text panics with a `&str`, and `run_all` returned another type"
    );
    let results: Vec<String> = results.into_iter().map(outcome).collect();
    assert_eq!(
        results,
        ["panicked: no water in the machine", "ok: 10", "panicked: the number 13",],
        "the results of smoke, light and flood, in this order"
    );
}

/// Runs a job that panics and two that are not yet done when it does: one waits until the panicking
/// job is gone, and the other waits to be called by that one. Both must run to their end before
/// `run_all` returns. If one failure made the others stop what they are doing, or made `run_all`
/// forget them, one broken lamp would end the show.
#[test]
fn the_others_go_on() {
    let (from_smoke, hear_smoke) = mpsc::channel::<()>();
    let (call_sound, hear_call) = mpsc::channel();
    let done = Arc::new(AtomicU32::new(0));
    let done_by_light = Arc::clone(&done);
    let done_by_sound = Arc::clone(&done);
    let jobs: Vec<(String, Work<&str>)> = vec![
        job("smoke", move || {
            // As long as this job lives, it could still send something.
            let _from_smoke = from_smoke;
            panic!("no water in the machine")
        }),
        job("light", move || {
            assert!(hear_smoke.recv().is_err(), "the smoke never sends anything");
            done_by_light.fetch_add(1, SeqCst);
            call_sound.send(()).expect("the sound listens");
            "bright"
        }),
        job("sound", move || {
            hear_call.recv().expect("the light calls");
            done_by_sound.fetch_add(1, SeqCst);
            "loud"
        }),
    ];
    let results = run_all(jobs);
    let done = done.load(SeqCst);
    assert_eq!(done, 2, "how many of two jobs had run to their end when `run_all` returned");
    let results: Vec<String> = results.into_iter().map(outcome).collect();
    assert_eq!(
        results,
        ["panicked: no water in the machine", "ok: bright", "ok: loud"],
        "the results of smoke, light and sound, in this order"
    );
}

/// Something a thread brings with it. It counts itself when it is dropped, which takes a moment.
struct Coat(Arc<AtomicU32>);

impl Drop for Coat {
    fn drop(&mut self) {
        thread::sleep(Duration::from_millis(2));
        self.0.fetch_add(1, SeqCst);
    }
}

thread_local! {
    /// Each thread has its own peg for its coat. What hangs there is dropped by the thread itself,
    /// as the last thing it does.
    static PEG: RefCell<Option<Coat>> = const { RefCell::new(None) };
}

/// Runs three jobs, one of which panics. Each puts something into a thread-local variable
/// (`thread_local!`), which its thread drops at its very end, when the job is over. When `run_all`
/// returns, all of this must have been dropped, and all threads must be gone, even those that ran
/// no job.
///
/// A job may leave things on its thread that are written or closed only when the thread ends, and a
/// program that ends too early loses them.
#[test]
fn nobody_is_left_behind() {
    let taken = Arc::new(AtomicU32::new(0));
    let jobs = ["light", "smoke", "curtain"].map(|name| {
        let coat = Coat(Arc::clone(&taken));
        job(name, move || {
            PEG.with_borrow_mut(|peg| *peg = Some(coat));
            assert!(name != "smoke", "no water in the machine");
        })
    });
    let results = run_all(Vec::from(jobs));
    let still_there = probe::other_threads(0);
    let taken = taken.load(SeqCst);
    assert_eq!(taken, 3, "how many of three threads had ended when `run_all` returned");
    let well = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(well, 2, "how many of three jobs did not panic");
    assert_eq!(still_there, 0, "threads that were still there when `run_all` returned");
}

/// Runs no jobs at all, then a single one, then a single one that panics. No jobs must give no
/// results. The single one must have a thread of its own, like any other, and the panic must be the
/// result of the job that panics. Sooner or later a list is empty, and callers should not have to check
/// for that first.
#[test]
fn few_jobs() {
    let none: Vec<(String, Work<u32>)> = Vec::new();
    assert!(run_all(none).is_empty(), "no jobs, but there are results");

    let caller = thread::current().id();
    let one = run_all(vec![job("prompter", move || thread::current().id() != caller)]);
    let one: Vec<String> = one.into_iter().map(outcome).collect();
    assert_eq!(
        one,
        ["ok: true"],
        "the result of a single job: did it run on a thread of its own, not on the caller's?"
    );

    let smoke: Vec<(String, Work<u32>)> = vec![job("smoke", || panic!("no water"))];
    let smoke: Vec<String> = run_all(smoke).into_iter().map(outcome).collect();
    assert_eq!(smoke, ["panicked: no water"], "the result of a single job that panicked");
}

/// Runs a job that can be started, and one that cannot, because its name contains a null byte; then
/// the same two in the opposite order; then two that panic, followed by the one that cannot be
/// started. Each time `run_all` must panic, and not wait for the thread that was never started: that
/// one has no result. The next call must work again.
#[test]
fn a_thread_that_cannot_start() {
    let lists: [&[&str]; 3] =
        [&["light", "cur\0tain"], &["cur\0tain", "light"], &["smoke", "smoke", "cur\0tain"]];
    for names in lists {
        let jobs = names.iter().map(|&name| {
            job(name, move || {
                assert!(name != "smoke", "no water in the machine");
                name
            })
        });
        let jobs: Vec<(String, Work<&str>)> = jobs.collect();
        let refused = panic::catch_unwind(AssertUnwindSafe(|| run_all(jobs)));
        assert!(
            refused.is_err(),
            "a name has a null byte, so `run_all` should panic, but it returned; names: {names:?}"
        );
        let next = run_all(vec![job("light", || "bright")]);
        let next: Vec<String> = next.into_iter().map(outcome).collect();
        assert_eq!(next, ["ok: bright"], "the results of the next call, after {names:?}");
    }
}

thread_local! {
    static LAST_WILL: RefCell<Option<LastWill>> = const { RefCell::new(None) };
}

/// When it is dropped, it runs two jobs, one of which panics, and sends the results, and whether the
/// other one's thread had ended.
struct LastWill(mpsc::Sender<(Vec<String>, bool)>);

impl Drop for LastWill {
    fn drop(&mut self) {
        let taken = Arc::new(AtomicU32::new(0));
        let coat = Coat(Arc::clone(&taken));
        let light = move || {
            PEG.set(Some(coat));
            thread::current().name().unwrap_or_default().to_string()
        };
        let jobs: Vec<(String, Work<String>)> =
            vec![job("light", light), job("smoke", || panic!("no water in the machine"))];
        let results = run_all(jobs);
        let has_ended = taken.load(SeqCst) == 1;
        let _ = self.0.send((results.into_iter().map(outcome).collect(), has_ended));
    }
}

/// A thread that unwinds after a panic runs two jobs in a destructor, and another thread does so in
/// the destructor of a thread-local variable, when it has all but ended; it has called `run_all`
/// once before. Each time both jobs must run, each on a thread that bears its name, and one of them
/// panics. When `run_all` returns, the threads of both jobs must be gone.
///
/// The panic of whoever calls `run_all` is not that of a job.
#[test]
fn jobs_in_destructors() {
    let (done, results) = mpsc::channel();
    let (panics, ends) = (LastWill(done.clone()), LastWill(done));
    let panics = thread::spawn(move || {
        let _will = panics;
        panic!("the theatre is on fire");
    });
    assert!(panics.join().is_err(), "the thread's own panic should end it");
    let ends = thread::spawn(move || {
        LAST_WILL.set(Some(ends));
        run_all(vec![job("sound", || "loud")]).len()
    });
    assert_eq!(ends.join().ok(), Some(1), "results of a job on the thread that ends");
    for what in ["while the calling thread unwound", "at the end of the calling thread"] {
        let (results, has_ended) = results.try_recv().expect("both should have run their jobs");
        assert_eq!(
            results,
            ["ok: light", "panicked: no water in the machine"],
            "the results of light and smoke, run in a destructor {what}"
        );
        assert!(
            has_ended,
            "`run_all`, called in a destructor {what}, returned before the thread of light had ended"
        );
    }
}

/// Runs a job that panics and two that sleep for a while; then a job that panics and two that end
/// at once. All jobs must start at the very moment of the call, and `run_all` must return at the
/// very moment the last one ends. Until then the caller must sleep: it must neither poll in a loop
/// nor look again every now and then.
///
/// A thread that polls takes processor time from the threads it is waiting for.
#[test]
fn waits_asleep() {
    // A little over 20 ms, so that polling every millisecond is never on time by chance.
    let nap = Duration::from_nanos(20_000_123);
    let slept_at = Instant::now();
    thread::sleep(nap);
    let slept = slept_at.elapsed();
    // No real clock is exact; our own nap has shown how far off this one is. The grader's is exact.
    let tolerance = 100 * slept.saturating_sub(nap);
    // On an exact clock months are over at once, unless a thread wakes up every now and then.
    let is_exact = slept == nap;
    let long = if is_exact { nap + Duration::from_secs(100 * 24 * 60 * 60) } else { nap };

    for nap in [long, Duration::ZERO] {
        let smoke = job("smoke", || panic_any("no water in the machine"));
        let others = [("light", nap), ("curtain", nap / 2)].map(|(name, nap)| {
            job(name, move || {
                let begun = Instant::now();
                if nap > Duration::ZERO {
                    thread::sleep(nap);
                }
                (begun, Instant::now())
            })
        });
        let jobs: Vec<(String, Work<(Instant, Instant)>)> =
            [smoke].into_iter().chain(others).collect();
        let called = Instant::now();
        let mut results = run_all(jobs);
        let returned = Instant::now();
        assert!(results.remove(0).is_err(), "the first of the three jobs panicked");
        let (begun, over): (Vec<Instant>, Vec<Instant>) =
            results.into_iter().map(|result| result.expect("the others did not panic")).unzip();
        let waited = begun.into_iter().max().expect("there are two results") - called;
        // On a real clock, even a thread that is started at once needs some time to begin.
        let soon = waited == Duration::ZERO || !is_exact;
        assert!(soon, "a job began {waited:?} after the call of `run_all`, not at once");
        let late = returned - over.into_iter().max().expect("there are two results");
        assert!(late <= tolerance, "`run_all` returned {late:?} after the last job was over");
    }
}
