use explorer::{Announcement, GateId, Handle, ObjectId, Until, Use, WaitResult, scheduler};
use record::{ObjectKind, Operation};
use std::fmt;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

/// [`std::sync::Barrier`]
///
/// The last thread to arrive is the leader, as in std's own implementation.
pub struct Barrier {
    handle: Handle,
    parties: usize,
    arrivals: Mutex<Arrivals>,
}

/// The threads that have arrived so far.
struct Arrivals {
    count: usize,
    /// The gate that all but the last thread wait for. Each generation has its own, so that a slow
    /// thread is not held up by the next generation.
    gate: Option<GateId>,
}

impl Arrivals {
    const NONE: Self = Self { count: 0, gate: None };
}

/// [`std::sync::BarrierWaitResult`]
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// [`std::sync::Barrier::new`]
    #[track_caller]
    #[must_use]
    pub const fn new(n: usize) -> Self {
        Self {
            handle: Handle::new(ObjectKind::Barrier, Location::caller()),
            parties: n,
            arrivals: Mutex::new(Arrivals::NONE),
        }
    }

    /// [`std::sync::Barrier::wait`]
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let at = Location::caller();
        let object = self.object();
        if let Some(object) = object {
            scheduler::announce(Announcement::new(Operation::BarrierWait, at).on(object));
        }
        let Some(gate) = self.arrive() else {
            return BarrierWaitResult(true);
        };
        let (Some(object), Some(gate)) = (object, gate) else {
            // The execution is over: no other thread will arrive.
            scheduler::abandon();
        };
        let wait = Announcement::new(Operation::BarrierWait, at).on(object);
        if scheduler::announce(wait.until(Until::Open(gate))) == WaitResult::Over {
            scheduler::abandon();
        }
        BarrierWaitResult(false)
    }

    /// Another thread arrives. Returns the gate that it has to wait for, or `None` if it is the
    /// last.
    fn arrive(&self) -> Option<Option<GateId>> {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.count += 1;
        if arrivals.count < self.parties {
            arrivals.gate = arrivals.gate.or_else(scheduler::gate);
            return Some(arrivals.gate);
        }
        let complete = std::mem::replace(&mut *arrivals, Arrivals::NONE);
        if let Some(gate) = complete.gate {
            scheduler::set_open(gate, true);
        }
        None
    }

    /// A barrier in a `static` starts afresh in each execution.
    fn object(&self) -> Option<ObjectId> {
        let (object, usage) = scheduler::object(&self.handle)?;
        if usage == Use::Stale {
            *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner) = Arrivals::NONE;
        }
        Some(object)
    }
}

impl BarrierWaitResult {
    /// [`std::sync::BarrierWaitResult::is_leader`]
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult").field("is_leader", &self.is_leader()).finish()
    }
}
