//! Who may be inside together, who is refused, and whether everybody gets through.

use starvation::{AlreadyInside, ReadGuard, ReadWriteLock, WriteGuard};
use std::cell::RefCell;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Starts a thread with this name, which works with the lock.
fn start<R: Send + 'static>(
    lock: &Arc<ReadWriteLock>,
    name: &str,
    work: impl FnOnce(&ReadWriteLock) -> R + Send + 'static,
) -> JoinHandle<R> {
    let lock = Arc::clone(lock);
    let named = thread::Builder::new().name(name.to_string());
    named.spawn(move || work(&lock)).expect("a thread can be started")
}

/// Waits for the thread to end and returns what it found.
fn finish<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("a thread that used the lock should not have panicked")
}

/// A register of the threads inside: each reader counts 1, each writer counts 100.
#[derive(Clone, Default)]
struct Register(Arc<AtomicUsize>);

impl Register {
    const WRITER: usize = 100;

    /// Goes in and out again as a reader, and says whether it met a writer inside.
    fn read(&self, lock: &ReadWriteLock) -> bool {
        let _guard = lock.read().expect("a thread that is not inside should not be refused");
        let found = self.0.fetch_add(1, SeqCst);
        self.0.fetch_sub(1, SeqCst);
        found >= Self::WRITER
    }

    /// Goes in and out again as a writer, and says whether it met anybody inside.
    fn write(&self, lock: &ReadWriteLock) -> bool {
        let _guard = lock.write().expect("a thread that is not inside should not be refused");
        let found = self.0.fetch_add(Self::WRITER, SeqCst);
        self.0.fetch_sub(Self::WRITER, SeqCst);
        found > 0
    }
}

/// Two writers and a reader use the lock at the same time. Each signs in to a register when it is
/// inside. A writer must find the register empty, and no thread may find a writer in it.
///
/// Two writers at once spoil what they write; a reader beside a writer sees half-finished work.
#[test]
fn a_writer_is_alone() {
    let lock = Arc::new(ReadWriteLock::new());
    let register = Register::default();
    let writers = ["writer 1", "writer 2"].map(|name| {
        let register = register.clone();
        start(&lock, name, move |lock| register.write(lock))
    });
    let reader = start(&lock, "reader", move |lock| register.read(lock));
    let [met_by_one, met_by_other] = writers.map(finish);
    let met_by_reader = finish(reader);
    assert!(!met_by_one && !met_by_other, "a writer was not alone inside");
    assert!(!met_by_reader, "a reader met a writer inside");
}

/// Two readers and a writer use the lock at the same time. The writer must wait for every reader
/// inside, not just for the first one to leave; and when the last reader has left, the writer must
/// get in.
///
/// If nobody wakes it then, it waits for ever.
#[test]
fn a_writer_waits_for_every_reader() {
    let lock = Arc::new(ReadWriteLock::new());
    let register = Register::default();
    let readers = ["reader 1", "reader 2"].map(|name| {
        let register = register.clone();
        start(&lock, name, move |lock| register.read(lock))
    });
    let writer = start(&lock, "writer", move |lock| register.write(lock));
    let met_by_writer = finish(writer);
    let [met_by_one, met_by_other] = readers.map(finish);
    assert!(!met_by_writer, "a reader was still inside when the writer went in");
    assert!(!met_by_one && !met_by_other, "a reader met the writer inside");
}

/// Hundreds of readers come, and each stays inside until all of them are. (There are 290, or 600 on
/// real threads.) A reader that finds no writer must go in at once, no matter how many others are
/// inside. Then the main thread asks to write, the readers leave one after another, and the main
/// thread must wait for the last of them.
///
/// If this never ends, the lock has room for fewer. If the main thread gets in too early, the lock
/// has lost count.
#[test]
fn any_number_of_readers() {
    let readers = if probe::other_threads(600) == 600 { 600 } else { 290 };
    let lock = Arc::new(ReadWriteLock::new());
    let all_are_inside = Arc::new(Barrier::new(readers + 1));
    let inside = Arc::new(AtomicUsize::new(readers));
    let visits: Vec<_> = (1..=readers as u64)
        .map(|number| {
            let (all_are_inside, inside) = (Arc::clone(&all_are_inside), Arc::clone(&inside));
            start(&lock, "reader", move |lock| {
                let _guard = lock.read().expect("the reader was not inside");
                all_are_inside.wait();
                thread::sleep(Duration::from_micros(number));
                inside.fetch_sub(1, SeqCst);
            })
        })
        .collect();
    all_are_inside.wait();
    let writing = lock.write();
    assert_eq!(inside.load(SeqCst), 0, "the number of readers inside when the writer went in");
    drop(writing);
    visits.into_iter().for_each(finish);
}

/// 1,100 threads read, one after another. Each forgets its guard (`mem::forget`) and ends, so it
/// never leaves. No writer is there, so each must go in at once, however many are inside by then.
///
/// If this never ends, the lock has room for a certain number of readers, and no more.
#[test]
fn a_thousand_never_leave() {
    let lock = Arc::new(ReadWriteLock::new());
    for number in 1..=1100 {
        let read = |lock: &ReadWriteLock| probe::uninterrupted(|| lock.read().map(mem::forget));
        let reader = probe::uninterrupted(|| start(&lock, "reader", read));
        assert_eq!(finish(reader), Ok(()), "reader number {number}, with no writer there");
    }
}

/// The main thread writes while 300 readers come and wait. When it leaves, all of them must get
/// through. Then the same with 300 writers.
///
/// On a busy day a line is longer than anybody would have thought.
#[test]
fn any_number_may_wait() {
    let lock = Arc::new(ReadWriteLock::new());
    for writers_come in [false, true] {
        let writing = lock.write().expect("everybody had left");
        let visits: Vec<_> = (0..300)
            .map(|_| {
                start(&lock, "visitor", move |lock| {
                    if writers_come { lock.write().map(drop) } else { lock.read().map(drop) }
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(50));
        drop(writing);
        for visit in visits {
            assert_eq!(finish(visit), Ok(()), "a visitor who had waited");
        }
    }
}

/// A single thread reads and writes, 66,000 times each, and leaves each time. Nobody else is there,
/// so it must never be refused, and must not sleep. Then it goes in to write once more, and asks
/// again: that must be refused.
///
/// What is counted in too few bits is back where it began after so many visits, or panics when it
/// gets there.
#[test]
fn any_number_of_visits() {
    let lock = ReadWriteLock::new();
    assert!(!probe::sleeps(|| drop(lock.read())), "a reader slept, and nobody was inside");
    assert!(!probe::sleeps(|| drop(lock.write())), "a writer slept, and nobody was inside");
    probe::uninterrupted(|| {
        for _ in 0..66_000 {
            assert!(lock.read().is_ok(), "a reader who had left was refused");
            assert!(lock.write().is_ok(), "a writer who had left was refused");
        }
    });
    let writing = lock.write().expect("everybody had left");
    assert_eq!(lock.write().err(), Some(AlreadyInside::Writing), "a writer asked to write");
    drop(writing);
}

/// The main thread writes and another thread reads, 260 times each. While one is inside, the other
/// comes and waits. It must go in when the first one leaves, every time.
///
/// What is counted whenever the lock passes from one side to the other must not be counted in too
/// few bits.
#[test]
fn any_number_of_turns() {
    let lock = Arc::new(ReadWriteLock::new());
    let stay = Duration::from_micros(10);
    let reader = start(&lock, "reader", move |lock| {
        for _ in 0..260 {
            let _guard = lock.read().expect("a reader who had left was refused");
            thread::sleep(stay);
        }
    });
    probe::uninterrupted(|| {
        for _ in 0..260 {
            let _guard = lock.write().expect("a writer who had left was refused");
            thread::sleep(stay);
        }
    });
    finish(reader);
}

/// The main thread writes while a reader and a writer come, in either order. When it leaves, both
/// must get through. Then the same again, but this time the main thread reads.
///
/// A thread that is forgotten at the door waits for ever: a screen that stays black.
#[test]
fn everybody_gets_through() {
    let lock = Arc::new(ReadWriteLock::new());
    let both_come = || {
        let reader = start(&lock, "reader", |lock| lock.read().map(drop));
        let writer = start(&lock, "writer", |lock| lock.write().map(drop));
        (reader, writer)
    };

    let writing = lock.write().expect("nobody was inside");
    let (reader, writer) = both_come();
    drop(writing);
    let outcomes = (finish(reader), finish(writer));
    assert_eq!(outcomes, (Ok(()), Ok(())), "a reader and a writer, after a writer had left");

    let reading = lock.read().expect("everybody had left");
    let (reader, writer) = both_come();
    drop(reading);
    let outcomes = (finish(reader), finish(writer));
    assert_eq!(outcomes, (Ok(()), Ok(())), "a reader and a writer, after a reader had left");
}

/// The main thread reads, a writer comes, and then the main thread reads once more: a function that
/// reads has called another one that reads. It must go in at once, without sleeping, and it must
/// stay inside until its last guard is dropped.
///
/// If it had to wait for the writer, which waits for it, both would wait for ever.
#[test]
fn a_reader_may_read_again() {
    let lock = Arc::new(ReadWriteLock::new());
    let inside = Arc::new(AtomicBool::new(true));
    let outer = lock.read().expect("nobody was inside");
    let seen = Arc::clone(&inside);
    let writer = start(&lock, "writer", move |lock| {
        let _guard = lock.write().expect("the writer was not inside");
        seen.load(SeqCst)
    });
    let mut inner = None;
    let slept = probe::sleeps(|| inner = lock.read().ok());
    assert!(inner.is_some(), "a reader may read again");
    assert!(!slept, "a reader that read again went to sleep first");
    drop(outer);
    inside.store(false, SeqCst);
    drop(inner);
    assert!(!finish(writer), "a writer got in before the reader's last guard was gone");
}

/// The main thread reads again and again, until it has 65,537 guards. It drops one of them, and a
/// writer comes. Then it drops all but one, and then the last. Until the last one is gone, the main
/// thread must be refused when it asks to write, and the writer must wait.
///
/// A function that calls itself, and reads each time, has more guards than one might think; and
/// what is counted in 8 or 16 bits says 0 when there are 65,536.
#[test]
fn any_number_of_guards() {
    let lock = Arc::new(ReadWriteLock::new());
    let inside = Arc::new(AtomicBool::new(true));
    let read = || lock.read().expect("a reader may read again");
    let mut guards: Vec<_> = probe::uninterrupted(|| (0..65_537).map(|_| read()).collect());
    guards.pop();
    assert_eq!(lock.write().err(), Some(AlreadyInside::Reading), "a reader with 65,536 guards");
    let seen = Arc::clone(&inside);
    let writer = start(&lock, "writer", move |lock| {
        let _guard = lock.write().expect("the writer was not inside");
        seen.load(SeqCst)
    });
    thread::sleep(Duration::from_millis(1));
    probe::uninterrupted(|| guards.truncate(1));
    assert_eq!(lock.write().err(), Some(AlreadyInside::Reading), "a reader with one guard left");
    thread::sleep(Duration::from_millis(1));
    inside.store(false, SeqCst);
    drop(guards);
    assert!(!finish(writer), "a writer got in before the reader's last guard was gone");
}

/// A thread that is inside asks to go in again in a way that is possible only after it has left, for
/// instance to write while it reads. It must get an error at once, and nothing may change. Then it reads under two locks, and leaves one
/// of them: there it must be allowed to write, but at the other one it must still be inside.
///
/// A thread that waits for itself is the quietest failure there is: nothing crashes, and the thread
/// never comes back.
#[test]
fn nobody_waits_for_itself() {
    let lock = ReadWriteLock::new();
    let outer = lock.read().expect("nobody was inside");
    assert_eq!(lock.write().err(), Some(AlreadyInside::Reading), "a reader asked to write");
    assert!(
        ReadWriteLock::new().write().is_ok(),
        "write() on a new lock was refused, but the thread was reading only under another one"
    );
    let inner = lock.read().expect("a reader may read again, even after a refusal");
    drop(outer);
    assert_eq!(lock.write().err(), Some(AlreadyInside::Reading), "a reader with one guard left");
    drop(inner);

    let other_lock = ReadWriteLock::new();
    let [here, there] = [&lock, &other_lock].map(|lock| lock.read().expect("nobody was inside"));
    drop(here);
    assert!(
        lock.write().is_ok(),
        "write() was refused, but the thread was reading only under another lock"
    );
    assert_eq!(other_lock.write().err(), Some(AlreadyInside::Reading), "a reader asked to write");
    drop(there);

    let writing = lock.write().expect("all guards were gone");
    assert_eq!(lock.read().err(), Some(AlreadyInside::Writing), "a writer asked to read");
    assert_eq!(lock.write().err(), Some(AlreadyInside::Writing), "a writer asked to write");
    drop(writing);

    let [reading, writing] =
        [AlreadyInside::Reading, AlreadyInside::Writing].map(|refusal| refusal.to_string());
    assert!(
        !reading.is_empty() && reading != writing,
        "each refusal should have its own text: {reading:?}, {writing:?}"
    );
    assert!(lock.read().is_ok(), "everybody had left, and a reader was refused");
    assert!(lock.write().is_ok(), "everybody had left, and a writer was refused");
}

/// Two readers are inside, and both ask to write. Both must be refused at once, without sleeping,
/// and must remain readers: a real writer, which comes in the meantime, must wait until both have
/// left.
///
/// If each waited for the other to leave, both would wait for ever; if both got their way, there
/// would be two writers.
#[test]
fn two_readers_ask_to_write() {
    let lock = Arc::new(ReadWriteLock::new());
    let inside = Arc::new(AtomicUsize::new(2));
    let (read, has_read) = mpsc::channel();
    let readers = ["reader 1", "reader 2"].map(|name| {
        let (read, inside) = (read.clone(), Arc::clone(&inside));
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let reader = start(&lock, name, move |lock| {
            let reading = lock.read();
            read.send(()).expect("the main thread listens");
            drop(read);
            may_go_on.recv().expect("the main thread says when both are inside");
            let mut answer = None;
            let slept = probe::sleeps(|| answer = lock.write().err());
            inside.fetch_sub(1, SeqCst);
            drop(reading);
            (answer, slept)
        });
        (reader, go_on)
    });
    drop(read);
    for _ in &readers {
        has_read.recv().expect("a reader goes in, beside another one");
    }
    let readers = readers.map(|(reader, go_on)| {
        go_on.send(()).expect("a reader waits for this");
        reader
    });
    let writing = lock.write();
    let met = inside.load(SeqCst);
    drop(writing);
    let answers = readers.map(finish);
    for (answer, slept) in answers {
        assert_eq!(
            answer,
            Some(AlreadyInside::Reading),
            "the error that write() returned to one of two readers"
        );
        assert!(!slept, "a reader that asked to write went to sleep before it was refused");
    }
    assert_eq!(met, 0, "readers who were still inside when the writer went in");
}

/// The main thread reads and asks to write, just as another reader comes. The main thread must be
/// refused, and the other reader must go in at once: no writer is there. Then the main thread is
/// refused again and again while another thread comes and asks to write. When the main thread
/// leaves, the other one must go in, and after that the main thread must get in again.
///
/// A refusal changes nothing, also for those who come while it is being decided. If they wait for a
/// writer that was refused, nobody lets them in.
#[test]
fn a_refusal_keeps_nobody_out() {
    let lock = Arc::new(ReadWriteLock::new());
    let reading = lock.read().expect("nobody was inside");
    let other = start(&lock, "reader", |lock| lock.read().map(drop));
    let refusal = lock.write().err();
    assert_eq!(
        finish(other),
        Ok(()),
        "what read() returned, beside a reader that was refused as a writer"
    );
    drop(reading);
    assert_eq!(refusal, Some(AlreadyInside::Reading), "a reader asked to write");

    for inside_as in [AlreadyInside::Reading, AlreadyInside::Writing] {
        let mut reads = None;
        let mut writes = None;
        match inside_as {
            AlreadyInside::Reading => reads = lock.read().ok(),
            AlreadyInside::Writing => writes = lock.write().ok(),
        }
        assert!(reads.is_some() || writes.is_some(), "everybody had left");
        let other = start(&lock, "writer", |lock| lock.write().map(drop));
        let refusal = (inside_as == AlreadyInside::Writing).then_some(inside_as);
        for _ in 0..3 {
            assert_eq!(lock.write().err(), Some(inside_as), "a thread inside asked to write");
            assert_eq!(lock.read().err(), refusal, "a thread inside asked to read");
        }
        drop((reads, writes));
        assert_eq!(finish(other), Ok(()), "a writer, after a thread that was refused had left");
        assert_eq!(lock.read().map(drop), Ok(()), "a reader, after everybody had left");
        assert_eq!(lock.write().map(drop), Ok(()), "a writer, after everybody had left");
    }
}

/// A thread reads, reads again and panics, while a writer waits. It catches the panic, so its first
/// guard keeps it inside, and then it panics once more. Another thread panics while it writes. A
/// panic must undo exactly those reads or writes whose guards it drops, and the waiting threads
/// must be let in.
///
/// One request that fails must not stop all the others.
#[test]
fn a_panic_opens_the_lock() {
    let lock = Arc::new(ReadWriteLock::new());
    let inside = Arc::new(AtomicBool::new(false));
    let reads = Arc::clone(&inside);
    let reader = start(&lock, "reader", move |lock| {
        let _outer = lock.read();
        reads.store(true, SeqCst);
        let caught = panic::catch_unwind(AssertUnwindSafe(|| {
            let _inner = lock.read();
            panic!("while reading again, on purpose");
        }));
        reads.store(false, SeqCst);
        assert!(caught.is_ok(), "while reading, on purpose");
    });
    let writing = lock.write().expect("the main thread was not inside");
    let met = inside.load(SeqCst);
    drop(writing);
    let ended: thread::Result<()> = reader.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    assert!(!met, "a writer met a reader who had panicked, but still held its first guard");

    let writer = start(&lock, "writer", |lock| {
        let _guard = lock.write();
        panic!("while writing, on purpose");
    });
    let reading = lock.read().expect("the main thread was not inside");
    drop(reading);
    let ended: thread::Result<()> = writer.join();
    assert!(ended.is_err(), "the panic should have reached whoever joins the thread");
    assert!(lock.write().is_ok(), "the lock should be free when everybody has left");
}

/// A thread goes in and forgets its guard (`mem::forget`), so it never leaves. The lock is then
/// moved to another place, where the thread must still be inside. In the place where it was before,
/// there is a new lock, under which the thread must be allowed to write and to read. This is done
/// with a read guard and with a write guard.
///
/// A lock is not known by its address: others may have been there before it.
#[test]
fn a_lock_may_move() {
    for inside_as in [AlreadyInside::Reading, AlreadyInside::Writing] {
        let mut lock = ReadWriteLock::new();
        match inside_as {
            AlreadyInside::Reading => mem::forget(lock.read().expect("nobody was inside")),
            AlreadyInside::Writing => mem::forget(lock.write().expect("nobody was inside")),
        }
        let elsewhere = Box::new(mem::take(&mut lock));
        assert!(lock.write().is_ok(), "a writer was refused by a lock that had just been made");
        assert!(lock.read().is_ok(), "a reader was refused by a lock that had just been made");
        assert_eq!(elsewhere.write().err(), Some(inside_as), "a thread inside asked to write");
        let refusal = (inside_as == AlreadyInside::Writing).then_some(inside_as);
        assert_eq!(elsewhere.read().err(), refusal, "a thread inside asked to read");
    }
}

/// A thread is inside as a reader, and 65,540 other locks are made, one after another. At the first
/// 300 of them and at the last ten the thread asks to write. Nobody is inside there, so it must not
/// be refused. Half of them, and the first one in a second round, are made with `default()`.
///
/// Two locks are not the same, however many there have been between them.
#[test]
fn any_number_of_locks() {
    for (lock, others) in [(ReadWriteLock::new(), 65_540), (ReadWriteLock::default(), 4)] {
        let reading = lock.read().expect("nobody was inside");
        for number in 1..=others {
            let other =
                if number % 2 == 0 { ReadWriteLock::default() } else { ReadWriteLock::new() };
            if !(301..=65_530).contains(&number) {
                assert!(
                    other.write().is_ok(),
                    "write() on lock number {number}, where nobody is inside, was refused; the \
                     thread reads only under another lock"
                );
            }
        }
        drop(reading);
        assert!(lock.write().is_ok(), "everybody had left");
    }
}

/// 3,000 threads read, one after another. Each forgets its guard (`mem::forget`) and ends, so it
/// never leaves. Then 200 other threads ask to write. At another lock, a thread writes and forgets
/// its guard, and another one asks to read. All who ask must wait: for a moment the main thread
/// listens, and none may get in or be refused.
///
/// A thread must not be taken for another one: neither for one that had its place in memory before
/// it, nor for one that happens to have the same short number.
#[test]
fn a_stranger_is_not_refused() {
    let (answer, answers) = mpsc::channel();

    let lock = Arc::new(ReadWriteLock::new());
    for _ in 0..3000 {
        let reader = start(&lock, "reader", |lock| lock.read().map(mem::forget));
        assert_eq!(finish(reader), Ok(()), "a reader, with no writer there");
    }
    for _ in 0..200 {
        let answer = answer.clone();
        start(&lock, "writer", move |lock| answer.send(("write()", lock.write().map(drop))));
    }

    let lock = Arc::new(ReadWriteLock::new());
    let writer = start(&lock, "writer", |lock| lock.write().map(mem::forget));
    assert_eq!(finish(writer), Ok(()), "a writer, with nobody there");
    let told = answer.clone();
    start(&lock, "reader", move |lock| told.send(("read()", lock.read().map(drop))));

    assert_eq!(
        answers.recv_timeout(Duration::from_millis(50)),
        Err(mpsc::RecvTimeoutError::Timeout),
        "a call that has to wait for others, who never leave, and what it returned; \
         `Timeout` means that there was none, as it should be"
    );
    drop(answer);
}

/// Guards that live as long as their thread.
#[derive(Default)]
struct Kept {
    _reads: Vec<ReadGuard<'static>>,
    _writes: Option<WriteGuard<'static>>,
    /// The lock at which the thread asks once more to write, before it drops its guards.
    lock: Option<&'static ReadWriteLock>,
    /// What it was told.
    told: Arc<Mutex<Option<AlreadyInside>>>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(lock) = self.lock {
            *self.told.lock().unwrap() = lock.write().err();
        }
    }
}

thread_local! {
    /// What this thread drops when it ends, after its work is done.
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// A thread keeps guards in a thread-local variable (`thread_local!`) and ends. When the variable
/// is destroyed, the thread asks to write: it is still inside, so it must be refused. Then the
/// guards are dropped, and others must get in. This is tried with readers and writers that use the
/// variable before or after they first use the lock.
///
/// What is used last is destroyed first: what a thread remembers in a variable of its own may be
/// gone before its guards.
#[test]
fn a_guard_kept_to_the_end() {
    for lock_comes_first in [false, true] {
        // Such a guard needs a lock that lives for ever.
        let lock: &ReadWriteLock = Box::leak(Box::new(ReadWriteLock::new()));
        let keep = |writes: bool| {
            let told = Arc::new(Mutex::new(None));
            let tell = Arc::clone(&told);
            let keeper = thread::spawn(move || {
                if lock_comes_first {
                    assert!(lock.read().is_ok(), "nobody was inside, and a reader was refused");
                }
                KEPT.with_borrow_mut(|kept| {
                    kept.lock = Some(lock);
                    kept.told = tell;
                    if writes {
                        kept._writes = lock.write().ok();
                    } else {
                        kept._reads = [lock.read(), lock.read()].into_iter().flatten().collect();
                    }
                });
            });
            keeper.join().expect("the thread should not have panicked");
            *told.lock().unwrap()
        };
        let told = keep(false);
        assert_eq!(told, Some(AlreadyInside::Reading), "a reader at its end asked to write");
        assert!(lock.write().is_ok(), "a reader had ended, and a writer was refused");
        let told = keep(true);
        assert_eq!(told, Some(AlreadyInside::Writing), "a writer at its end asked to write");
        assert!(lock.read().is_ok(), "a writer had ended, and a reader was refused");
    }
}
