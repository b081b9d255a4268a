use serde::{Deserialize, Serialize};

/// One schedule, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The threads, in the order of their creation. The first is the check's own.
    pub threads: Vec<ThreadInfo>,
    /// The objects, in the order of their first use.
    pub objects: Vec<ObjectInfo>,
    /// What happened, oldest first.
    pub steps: Vec<Step>,
    /// Steps that were cut from the front or middle because the trace was too long.
    pub dropped: u64,
}

/// A thread in a [`Trace`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadInfo {
    /// The name given to `thread::Builder::name`.
    pub name: Option<String>,
    /// Where it was spawned, `None` for the check's own thread.
    pub spawned_at: Option<Location>,
}

/// A synchronisation object in a [`Trace`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInfo {
    /// What it is.
    pub kind: ObjectKind,
    /// Where it was created, where that is known.
    pub made_at: Option<Location>,
}

/// A place in a source file, as rustc's `Location` gives it. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Path as the compiler was given it.
    pub file: String,
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

impl From<&std::panic::Location<'_>> for Location {
    fn from(location: &std::panic::Location<'_>) -> Self {
        Self { file: location.file().to_owned(), line: location.line(), column: location.column() }
    }
}

/// One step of one thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Who.
    pub thread: usize,
    /// What.
    pub operation: Operation,
    /// On which object.
    pub object: Option<usize>,
    /// Which other thread it concerns: the one spawned, joined or unparked.
    pub target: Option<usize>,
    /// Where in the source.
    pub at: Location,
    /// Whether it was done, or the thread began to wait for it.
    pub how: How,
    /// What it read, wrote or found out.
    pub value: Option<Value>,
    /// The thread that ran before could have gone on: this step preempted it.
    pub preempts: bool,
    /// Virtual time in nanoseconds since the schedule began.
    pub clock: u64,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It was done.
    Done,
    /// It could not be done yet: from here the thread waits.
    Blocked,
    /// It was given up, because its deadline passed.
    TimedOut,
    /// A wait ended although nobody notified, or a weak exchange failed although the value matched.
    Spurious,
}

/// What a step read, wrote or found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// An unsigned integer or pointer that was read or written.
    Unsigned(u64),
    /// A signed integer that was read or written.
    Signed(i64),
    /// A flag that was read or written, or whether a `try_` operation succeeded.
    Flag(bool),
    /// Read, then written.
    Changed {
        /// What was there.
        from: i128,
        /// What is there now.
        to: i128,
    },
    /// How many threads a notify woke.
    Woken(u32),
}

/// What a synchronisation object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectKind {
    /// `std::sync::Mutex`
    Mutex,
    /// `std::sync::RwLock`
    RwLock,
    /// `std::sync::Condvar`
    Condvar,
    /// `std::sync::Barrier`
    Barrier,
    /// `std::sync::Once`
    Once,
    /// `std::sync::OnceLock`
    OnceLock,
    /// `std::sync::LazyLock`
    LazyLock,
    /// One of `std::sync::atomic`
    Atomic,
    /// `std::sync::mpsc`
    Channel,
    /// A `std::thread::scope`
    Scope,
}

/// The operations at which the model may switch threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is named for the method it stands for")]
pub enum Operation {
    // Threads
    Start,
    Exit,
    Panic,
    Spawn,
    Join,
    IsFinished,
    Park,
    Unpark,
    Sleep,
    YieldNow,
    SpinLoop,
    Now,
    ScopeEnd,
    // Locks
    Lock,
    TryLock,
    Unlock,
    Read,
    TryRead,
    Write,
    TryWrite,
    // Condition variables
    Wait,
    Relock,
    NotifyOne,
    NotifyAll,
    // Atomics
    Load,
    Store,
    Swap,
    CompareExchange,
    FetchUpdate,
    Fence,
    // Others
    BarrierWait,
    CallOnce,
    Get,
    Set,
    Send,
    TrySend,
    Recv,
    TryRecv,
    Disconnect,
}
