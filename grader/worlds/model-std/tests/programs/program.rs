//! Small programs: a few threads that share one object of each kind.

use proptest::collection::vec;
use proptest::prelude::*;

/// What one thread does at a time. What it observes is a number; see [`Seen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Atomic operations on one of two numbers.
    Load(usize),
    Store(usize, u8),
    Add(usize, u8),
    Swap(usize, u8),
    Exchange(usize, u8, u8),
    /// `compare_exchange_weak`
    Weak(usize, u8, u8),
    /// Locks the mutex, notes its value and loads an atomic, and sets the mutex's value.
    Locked(usize, u8),
    /// The same if it can be locked at once.
    TryLocked(usize, u8),
    /// Locks the mutex and panics.
    PanicLocked,
    /// Whether the mutex is poisoned.
    IsPoisoned,
    /// Waits until the mutex's value is not 0.
    WaitUntilSet,
    /// The same, but for at most a moment.
    WaitAMoment,
    /// Sets the mutex's value and notifies one thread, or all.
    SetAndNotify(u8, bool),
    /// Notifies one thread, or all, without the mutex.
    Notify(bool),
    /// Reads, or writes, what the reader-writer lock guards, loading an atomic meanwhile.
    Read(usize),
    Write(usize, u8),
    TryRead,
    TryWrite(u8),
    /// Sends, and receives if there is something.
    Send(u8),
    TryRecv,
    /// Receives, waiting for a moment.
    RecvAMoment,
    /// `call_once`, storing to an atomic.
    CallOnce(usize, u8),
    IsCompleted,
    Set(u8),
    Get,
    GetOrInit(u8),
    /// Meets the other threads; the barrier is for all of them.
    Meet,
    /// Unparks another thread, by number.
    Unpark(usize),
    Park,
    ParkAMoment,
    Yield,
}

/// What an operation observed. Most are plain values; [`NOTHING`] and the like stand for the rest.
pub(crate) type Seen = u16;

pub(crate) const NOTHING: Seen = 1_000;
pub(crate) const POISONED: Seen = 2_000;
pub(crate) const REFUSED: Seen = 4_000;

/// A program: what each thread does. The main thread only starts them and waits for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) threads: Vec<Vec<Operation>>,
}

/// What each thread observed, in its order, and the values left at the end.
pub(crate) type Outcome = Vec<Vec<Seen>>;

fn operation(threads: usize) -> impl Strategy<Value = Operation> {
    use Operation::*;
    let atomic = 0..2_usize;
    let value = 0..3_u8;
    let set = 1..3_u8;
    let pair = (atomic.clone(), value.clone());
    let triple = (atomic.clone(), value.clone(), value.clone());
    prop_oneof![
        atomic.clone().prop_map(Load),
        pair.clone().prop_map(|(a, v)| Store(a, v)),
        pair.clone().prop_map(|(a, v)| Add(a, v)),
        pair.clone().prop_map(|(a, v)| Swap(a, v)),
        triple.clone().prop_map(|(a, from, to)| Exchange(a, from, to)),
        triple.prop_map(|(a, from, to)| Weak(a, from, to)),
        pair.clone().prop_map(|(a, v)| Locked(a, v)),
        pair.clone().prop_map(|(a, v)| TryLocked(a, v)),
        Just(PanicLocked),
        Just(IsPoisoned),
        Just(WaitUntilSet),
        Just(WaitAMoment),
        (set.clone(), any::<bool>()).prop_map(|(v, all)| SetAndNotify(v, all)),
        any::<bool>().prop_map(Notify),
        atomic.clone().prop_map(Read),
        pair.clone().prop_map(|(a, v)| Write(a, v)),
        Just(TryRead),
        value.clone().prop_map(TryWrite),
        value.clone().prop_map(Send),
        Just(TryRecv),
        Just(RecvAMoment),
        pair.prop_map(|(a, v)| CallOnce(a, v)),
        Just(IsCompleted),
        value.clone().prop_map(Set),
        Just(Get),
        value.prop_map(GetOrInit),
        Just(Meet),
        (0..threads).prop_map(Unpark),
        Just(Park),
        Just(ParkAMoment),
        Just(Yield),
    ]
}

/// Programs that are small enough to be searched to the end.
pub(crate) fn programs() -> impl Strategy<Value = Program> {
    let of = |threads: usize, most: usize| {
        vec(vec(operation(threads), 1..=most), threads).prop_map(|threads| Program { threads })
    };
    prop_oneof![6 => of(2, 2), 2 => of(3, 1), 1 => of(2, 3), 1 => of(3, 2)]
}
