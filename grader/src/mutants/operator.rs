//! The mutation operators for concurrency, by name.
//!
//! Two changes that one might expect are not among them, because no program can tell: `notify_all`
//! where `notify_one` would do (a wait that is right looks again anyway), and a notification after
//! the lock has been released rather than before.

use std::fmt;

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// `while` around a wait becomes `if`.
    IfForWhile,
    /// A wait loses its loop and its condition.
    WaitWithoutLoop,
    /// `notify_all` becomes `notify_one`.
    NotifyOne,
    /// A notification or an unpark is left out.
    NotifyRemoved,
    /// A notification comes before the lock is acquired, or an unpark one statement earlier.
    NotifyEarlier,
    /// A guard is dropped one statement earlier.
    GuardEarlier,
    /// A guard is dropped one statement later.
    GuardLater,
    /// A lock is released and reacquired between two statements.
    LockedTwice,
    /// Two locks are acquired in the opposite order.
    LockOrder,
    /// The beginning of a wait is read anew in each round of its loop.
    DeadlineAnew,
    /// A bound that included its limit excludes it, or the other way round.
    Bound,
    /// `checked_add` becomes `+`.
    Overflow,
    /// A store to an atomic changes places with the statement before it.
    StoreEarlier,
    /// An atomic read-modify-write becomes a load and a store.
    LoadAndStore,
    /// `compare_exchange` outside a loop becomes `compare_exchange_weak`.
    WeakExchange,
    /// A `Drop` impl does nothing.
    EmptyDrop,
    /// `catch_unwind` catches nothing.
    PanicUncaught,
    /// A thread is not joined.
    JoinForgotten,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operator::IfForWhile => "if for while around a wait",
            Operator::WaitWithoutLoop => "wait without its loop",
            Operator::NotifyOne => "notify_one for notify_all",
            Operator::NotifyRemoved => "notification left out",
            Operator::NotifyEarlier => "notification too early",
            Operator::GuardEarlier => "guard dropped one statement earlier",
            Operator::GuardLater => "guard dropped one statement later",
            Operator::LockedTwice => "lock released and reacquired",
            Operator::LockOrder => "locks in the opposite order",
            Operator::DeadlineAnew => "deadline anew in each round",
            Operator::Bound => "bound moved by one",
            Operator::Overflow => "+ for checked_add",
            Operator::StoreEarlier => "store one statement earlier",
            Operator::LoadAndStore => "load and store for one step",
            Operator::WeakExchange => "weak exchange without a loop",
            Operator::EmptyDrop => "empty Drop",
            Operator::PanicUncaught => "panic not caught",
            Operator::JoinForgotten => "join forgotten",
        })
    }
}
