use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One schedule, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The threads, in order of creation. The first is the check's own.
    pub threads: Vec<ThreadInfo>,
    /// The objects, in order of first use.
    pub objects: Vec<ObjectInfo>,
    /// What happened, oldest first.
    pub steps: Vec<Step>,
    /// The calls of the answer's public functions during these steps, in the order in which they
    /// began.
    pub calls: Vec<Call>,
    /// Steps that were cut out because the trace was too long.
    pub dropped: u64,
}

/// A thread in a [`Trace`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadInfo {
    /// The name given to `thread::Builder::name`.
    pub name: Option<String>,
    /// Where it was spawned; `None` for the check's own thread.
    pub spawned_at: Option<Location>,
}

/// A synchronisation object in a [`Trace`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInfo {
    /// What it is.
    pub kind: ObjectKind,
    /// Where it was created, if that is known.
    pub made_at: Option<Location>,
}

/// A place in a source file, as Rust's `Location` gives it. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Path as it was given to the compiler.
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

/// A call of one of the answer's public functions, or of a method that it implements for a trait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The thread that called.
    pub thread: usize,
    /// Where the function is: its name in the source.
    pub function: Location,
    /// Its arguments without `self`, as a person would write them; `None` for a value that has no
    /// short form.
    pub arguments: Vec<Option<String>>,
    /// The steps that the thread took between the call and its return.
    pub steps: Range<usize>,
    /// The statement of the answer's that called it, or that ran the code which did, if the answer was
    /// running in this thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_from: Option<Location>,
    /// The statement with which it ended, if that is known and it did not panic.
    pub ended_at: Option<Location>,
    /// The last statement of the answer's function that this statement called last, if any.
    pub ended_in: Option<Location>,
    /// What it returned to a check, as a person would write it, if that is known.
    pub result: Option<String>,
    /// The lines of the answer at which the thread's statements began meanwhile, each once, in source
    /// order. A call within this one has its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u32>,
}

/// One step of one thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The thread that took it.
    pub thread: usize,
    /// The operation.
    pub operation: Operation,
    /// The object it works on, if any.
    pub object: Option<usize>,
    /// The other thread it concerns, if any: the one spawned, joined or unparked.
    pub target: Option<usize>,
    /// The place in the source.
    pub at: Location,
    /// Whether the operation was done, or the thread began to wait for it.
    pub how: StepStatus,
    /// What it read, wrote or found out.
    pub value: Option<Value>,
    /// The thread that ran before could have continued: this step preempted it.
    pub preempts: bool,
    /// Virtual time in nanoseconds since the schedule began.
    pub clock: u64,
    /// The answer's statement that called the function in which the thread was, as far as the answer
    /// says so: a function of its own, or of somebody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_from: Option<Location>,
    /// For a panic: the answer's statement that the thread was at, if the panic arose in other code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Location>,
    /// For a lock that is released, and an end of a channel that goes: the answer's statement at which
    /// that happens. `at` is where the lock was acquired, or the channel made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Location>,
}

impl Step {
    /// Whether it is a panic that was caught before it could end its thread.
    pub fn is_caught(&self) -> bool {
        self.operation == Operation::Panic && self.value == Some(Value::Flag(true))
    }

    /// Whether it releases a lock while its thread unwinds, which poisons the lock.
    pub fn poisons(&self) -> bool {
        self.operation == Operation::Unlock && self.value == Some(Value::Flag(true))
    }
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// It was done.
    Done,
    /// It could not be done yet: the thread waits from here.
    Blocked,
    /// It was given up because its deadline passed.
    TimedOut,
    /// A wait ended without a notification, or a weak compare-exchange failed although the value
    /// matched.
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
    /// A flag that was read or written, or whether a `try_` operation succeeded, or whether a panic was
    /// caught.
    Flag(bool),
    /// The value was read and then replaced.
    Changed {
        /// The value before.
        #[serde(with = "wide")]
        from: i128,
        /// The value now.
        #[serde(with = "wide")]
        to: i128,
    },
    /// A flag was read and then replaced.
    Switched {
        /// The flag before.
        from: bool,
        /// The flag now.
        to: bool,
    },
    /// How many threads a notification woke.
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
    /// One of the types in `std::sync::atomic`
    Atomic,
    /// A channel of `std::sync::mpsc`
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
    /// `SystemTime::now`. Its value is whether the clock was set back since it was last read.
    SystemNow,
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
    /// A call of one of the answer's public functions in which no other step was taken. It is no
    /// scheduling point.
    Call,
    /// A number did not fit into its type, so a cast or a wrapping operation changed it. It is no
    /// scheduling point.
    Overflow,
    /// The end of a statement, in a program that looks at the count of an `Arc`.
    Statement,
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

/// Integers of 128 bits as text, because JSON's numbers end at 64.
mod wide {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(number: &i128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i128, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}
