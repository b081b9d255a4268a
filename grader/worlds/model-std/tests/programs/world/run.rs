//! Runs a program. This file is compiled twice under the name `lib`: against the real std, and
//! against the model.

use super::lib::panic::{AssertUnwindSafe, catch_unwind};
use super::lib::sync::atomic::{AtomicU8, Ordering::SeqCst};
use super::lib::sync::mpsc::{Receiver, Sender, channel};
use super::lib::sync::{
    Barrier, Condvar, Mutex, Once, OnceLock, PoisonError, RwLock, TryLockError,
};
use super::lib::thread::{self, Thread};
use super::lib::time::Duration;
use crate::program::{NOTHING, Operation, Outcome, POISONED, Program, REFUSED, Seen};

const MOMENT: Duration = Duration::from_micros(20);

/// One object of each kind.
struct Shared {
    atomics: [AtomicU8; 2],
    mutex: Mutex<u8>,
    changed: Condvar,
    rwlock: RwLock<u8>,
    sender: Sender<u8>,
    receiver: Mutex<Receiver<u8>>,
    once: Once,
    cell: OnceLock<u8>,
    barrier: Barrier,
    threads: OnceLock<Vec<Thread>>,
}

/// Runs `program` once. Hangs if the program does.
pub(crate) fn run(program: &Program) -> Outcome {
    let (sender, receiver) = channel();
    let shared = Shared {
        atomics: Default::default(),
        mutex: Mutex::new(0),
        changed: Condvar::new(),
        rwlock: RwLock::new(0),
        sender,
        receiver: Mutex::new(receiver),
        once: Once::new(),
        cell: OnceLock::new(),
        barrier: Barrier::new(program.threads.len()),
        threads: OnceLock::new(),
    };
    let shared = &shared;
    let mut outcome: Outcome = thread::scope(|scope| {
        let handles: Vec<_> = program
            .threads
            .iter()
            .map(|thread| {
                scope.spawn(move || {
                    thread.iter().map(|operation| perform(*operation, shared)).collect::<Vec<_>>()
                })
            })
            .collect();
        let threads = handles.iter().map(|handle| handle.thread().clone()).collect();
        assert!(shared.threads.set(threads).is_ok(), "set once");
        handles.into_iter().map(|handle| handle.join().expect("panics are caught")).collect()
    });
    let lock = shared.mutex.lock().unwrap_or_else(PoisonError::into_inner);
    let rwlock = shared.rwlock.read().unwrap_or_else(PoisonError::into_inner);
    let atomics = shared.atomics.iter().map(|atomic| Seen::from(atomic.load(SeqCst)));
    outcome.push(atomics.chain([(*lock).into(), (*rwlock).into()]).collect());
    outcome
}

fn perform(operation: Operation, shared: &Shared) -> Seen {
    use Operation as Op;
    let atomic = |index: usize| &shared.atomics[index];
    let exchanged = |result: Result<u8, u8>| match result {
        Ok(before) => Seen::from(before),
        Err(found) => REFUSED + Seen::from(found),
    };
    match operation {
        Op::Load(a) => atomic(a).load(SeqCst).into(),
        Op::Store(a, v) => {
            atomic(a).store(v, SeqCst);
            NOTHING
        }
        Op::Add(a, v) => atomic(a).fetch_add(v, SeqCst).into(),
        Op::Swap(a, v) => atomic(a).swap(v, SeqCst).into(),
        Op::Exchange(a, from, to) => {
            exchanged(atomic(a).compare_exchange(from, to, SeqCst, SeqCst))
        }
        Op::Weak(a, from, to) => {
            exchanged(atomic(a).compare_exchange_weak(from, to, SeqCst, SeqCst))
        }
        Op::Locked(a, v) => {
            let (mut guard, poison) = match shared.mutex.lock() {
                Ok(guard) => (guard, 0),
                Err(poisoned) => (poisoned.into_inner(), POISONED),
            };
            let seen = Seen::from(*guard) * 10 + Seen::from(atomic(a).load(SeqCst));
            *guard = v;
            poison + seen
        }
        Op::TryLocked(a, v) => {
            let (mut guard, poison) = match shared.mutex.try_lock() {
                Ok(guard) => (guard, 0),
                Err(TryLockError::Poisoned(poisoned)) => (poisoned.into_inner(), POISONED),
                Err(TryLockError::WouldBlock) => return REFUSED,
            };
            let seen = Seen::from(*guard) * 10 + Seen::from(atomic(a).load(SeqCst));
            *guard = v;
            poison + seen
        }
        Op::PanicLocked => {
            let panics = AssertUnwindSafe(|| {
                let _guard = shared.mutex.lock().unwrap_or_else(PoisonError::into_inner);
                super::lib::panic::resume_unwind(Box::new(()));
            });
            Seen::from(catch_unwind(panics).is_err())
        }
        Op::IsPoisoned => shared.mutex.is_poisoned().into(),
        Op::WaitUntilSet => {
            let mut guard = shared.mutex.lock().unwrap_or_else(PoisonError::into_inner);
            while *guard == 0 {
                guard = shared.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
            }
            (*guard).into()
        }
        Op::WaitAMoment => {
            let mut guard = shared.mutex.lock().unwrap_or_else(PoisonError::into_inner);
            if *guard == 0 {
                let waited = shared.changed.wait_timeout(guard, MOMENT);
                guard = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            (*guard).into()
        }
        Op::SetAndNotify(v, all) => {
            *shared.mutex.lock().unwrap_or_else(PoisonError::into_inner) = v;
            notify(shared, all)
        }
        Op::Notify(all) => notify(shared, all),
        Op::Read(a) => {
            let guard = shared.rwlock.read().unwrap_or_else(PoisonError::into_inner);
            let meanwhile = Seen::from(atomic(a).load(SeqCst));
            Seen::from(*guard) * 10 + meanwhile
        }
        Op::Write(a, v) => {
            let mut guard = shared.rwlock.write().unwrap_or_else(PoisonError::into_inner);
            let seen = Seen::from(*guard) * 10 + Seen::from(atomic(a).load(SeqCst));
            *guard = v;
            seen
        }
        Op::TryRead => shared.rwlock.try_read().map_or(REFUSED, |guard| (*guard).into()),
        Op::TryWrite(v) => shared.rwlock.try_write().map_or(REFUSED, |mut guard| {
            let before = *guard;
            *guard = v;
            before.into()
        }),
        Op::Send(v) => {
            shared.sender.send(v).expect("the receiver lives");
            NOTHING
        }
        Op::TryRecv => {
            let receiver = shared.receiver.lock().expect("nobody panics with it");
            receiver.try_recv().map_or(REFUSED, Seen::from)
        }
        Op::RecvAMoment => {
            let receiver = shared.receiver.lock().expect("nobody panics with it");
            receiver.recv_timeout(MOMENT).map_or(REFUSED, Seen::from)
        }
        Op::CallOnce(a, v) => {
            let mut ran = false;
            shared.once.call_once(|| {
                ran = true;
                atomic(a).store(v, SeqCst);
            });
            ran.into()
        }
        Op::IsCompleted => shared.once.is_completed().into(),
        Op::Set(v) => shared.cell.set(v).map_or(REFUSED, |()| NOTHING),
        Op::Get => shared.cell.get().map_or(REFUSED, |value| (*value).into()),
        Op::GetOrInit(v) => {
            let mut ran = 0;
            let value = *shared.cell.get_or_init(|| {
                ran = 10;
                v
            });
            ran + Seen::from(value)
        }
        Op::Meet => shared.barrier.wait().is_leader().into(),
        Op::Unpark(thread) => {
            shared.threads.wait()[thread].unpark();
            NOTHING
        }
        Op::Park => {
            thread::park();
            NOTHING
        }
        Op::ParkAMoment => {
            thread::park_timeout(MOMENT);
            NOTHING
        }
        Op::Yield => {
            thread::yield_now();
            NOTHING
        }
    }
}

fn notify(shared: &Shared, all: bool) -> Seen {
    if all {
        shared.changed.notify_all();
    } else {
        shared.changed.notify_one();
    }
    NOTHING
}
