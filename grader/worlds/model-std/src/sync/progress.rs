use explorer::{Announcement, GateId, Handle, ObjectId, Until, Use, scheduler};
use record::{ObjectKind, Operation};
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The progress of the one initialisation that `Once`, `OnceLock` and `LazyLock` allow in each
/// execution.
///
/// The initialising thread holds the object exclusively. The explorer therefore knows which thread
/// a waiting thread waits for: initialisers that need each other are a deadlock with a cycle.
pub(super) struct Progress {
    handle: Handle,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    stage: Stage,
    /// Open once initialisation is complete or poisoned; made when a thread first waits for that.
    settled: Option<GateId>,
    /// Open once initialisation is complete; made when a thread first waits for that.
    complete: Option<GateId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Incomplete,
    Running,
    /// The last initialiser panicked.
    Poisoned,
    Complete,
}

impl State {
    const fn new(stage: Stage) -> Self {
        Self { stage, settled: None, complete: None }
    }
}

/// The right to initialise. If this is dropped before it is completed, the primitive is poisoned.
pub(super) struct Turn<'a> {
    progress: &'a Progress,
    object: Option<ObjectId>,
    at: &'static Location<'static>,
    /// Whether the previous initialiser panicked.
    pub(super) was_poisoned: bool,
    ends_as: Stage,
}

/// An initialiser has panicked, and initialisation must not be tried again.
pub(super) struct Poisoned;

impl Progress {
    pub(super) const fn new(kind: ObjectKind, at: &'static Location<'static>) -> Self {
        Self { handle: Handle::new(kind, at), state: Mutex::new(State::new(Stage::Incomplete)) }
    }

    /// Progress that is complete from the start.
    pub(super) fn done(kind: ObjectKind, at: &'static Location<'static>) -> Self {
        Self { handle: Handle::new(kind, at), state: Mutex::new(State::new(Stage::Complete)) }
    }

    /// The object in this execution. `forget` is called if the primitive has outlived an earlier
    /// execution.
    pub(super) fn object(&self, forget: impl FnOnce()) -> Option<ObjectId> {
        let (object, usage) = scheduler::object(&self.handle)?;
        if usage == Use::Stale {
            *self.state() = State::new(Stage::Incomplete);
            forget();
        }
        Some(object)
    }

    /// Acquires the right to initialise, or returns `None` if initialisation is complete. Waits for
    /// a running initialiser.
    pub(super) fn begin(
        &self,
        object: Option<ObjectId>,
        operation: Operation,
        retry: bool,
        at: &'static Location<'static>,
    ) -> Result<Option<Turn<'_>>, Poisoned> {
        if let Some(object) = object {
            let begin = Announcement::new(operation, at).on(object);
            scheduler::announce(begin.until(Until::Free(object)));
        }
        let stage = self.state().stage;
        if stage == Stage::Running {
            // Only when the execution is over: the initialising thread no longer runs.
            scheduler::abandon();
        }
        if stage == Stage::Complete || (stage == Stage::Poisoned && !retry) {
            // When the thread was let through, it acquired the object, but nothing is left to do.
            if let Some(object) = object {
                scheduler::release(object);
            }
            return if stage == Stage::Complete { Ok(None) } else { Err(Poisoned) };
        }
        self.set(Stage::Running);
        let was_poisoned = stage == Stage::Poisoned;
        let ends_as = Stage::Poisoned;
        Ok(Some(Turn { progress: self, object, at, was_poisoned, ends_as }))
    }

    /// Waits until initialisation is complete or, with `settled`, poisoned.
    pub(super) fn wait(
        &self,
        object: Option<ObjectId>,
        operation: Operation,
        settled: bool,
        at: &'static Location<'static>,
    ) -> Result<(), Poisoned> {
        let gate = self.gate(settled);
        if let (Some(object), Some(gate)) = (object, gate) {
            let wait = Announcement::new(operation, at).on(object);
            scheduler::announce(wait.until(Until::Open(gate)));
        }
        match self.state().stage {
            Stage::Complete => Ok(()),
            Stage::Poisoned if settled => Err(Poisoned),
            // Only when the execution is over.
            _ => scheduler::abandon(),
        }
    }

    /// Whether initialisation is complete. A scheduling point.
    pub(super) fn is_complete(
        &self,
        object: Option<ObjectId>,
        at: &'static Location<'static>,
    ) -> bool {
        if let Some(object) = object {
            scheduler::announce(Announcement::new(Operation::Get, at).on(object));
        }
        self.peek()
    }

    /// Whether initialisation is complete.
    pub(super) fn peek(&self) -> bool {
        self.state().stage == Stage::Complete
    }

    /// Whether the last initialiser panicked.
    pub(super) fn is_poisoned(&self) -> bool {
        self.state().stage == Stage::Poisoned
    }

    /// Starts over.
    pub(super) fn reset(&mut self) {
        self.set(Stage::Incomplete);
    }

    /// Sets the outcome for a caller with exclusive access: complete or, with `Err`, poisoned.
    pub(super) fn settle(&mut self, result: Result<(), Poisoned>) {
        self.set(if result.is_ok() { Stage::Complete } else { Stage::Poisoned });
    }

    fn gate(&self, settled: bool) -> Option<GateId> {
        let mut state = self.state();
        let gate = if settled { &mut state.settled } else { &mut state.complete };
        *gate = gate.or_else(scheduler::gate);
        let gate = *gate;
        state.tell();
        gate
    }

    fn set(&self, stage: Stage) {
        let mut state = self.state();
        state.stage = stage;
        state.tell();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Opens and closes the gates.
    fn tell(&self) {
        let complete = self.stage == Stage::Complete;
        if let Some(gate) = self.complete {
            scheduler::set_open(gate, complete);
        }
        if let Some(gate) = self.settled {
            scheduler::set_open(gate, complete || self.stage == Stage::Poisoned);
        }
    }
}

impl Turn<'_> {
    /// Marks it as initialised. Making this visible to other threads is a step of its own.
    pub(super) fn complete(mut self) {
        self.ends_as = Stage::Complete;
    }

    /// Marks it as initialised in the same step in which the turn began.
    pub(super) fn complete_at_once(mut self) {
        self.end(Stage::Complete);
        std::mem::forget(self);
    }

    fn end(&mut self, stage: Stage) {
        self.progress.set(stage);
        if let Some(object) = self.object {
            scheduler::release(object);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(object) = self.object {
            scheduler::announce(Announcement::new(Operation::Unlock, self.at).on(object));
        }
        self.end(self.ends_as);
    }
}
