//! The model behaves like `std`, as far as can be observed.
//!
//! Each file in `cases/` is compiled twice under the name `lib`: against the real `std` and against
//! the model. A case returns what it observed, as text. Where std leaves nothing open, every
//! schedule of the model must observe what the real std does. Where std leaves something open, the
//! model must observe everything that is allowed and nothing else, and the real std must observe
//! one of these.

#![expect(
    clippy::duplicate_mod,
    reason = "the cases are compiled against the real std and the model"
)]

mod harness;
mod model;
mod real;

use harness::{one_of, same};

/// Cases with one possible observation.
macro_rules! same {
    ($($module:ident: $($case:ident)+;)+) => {$(
        mod $module {
            $(
                #[test]
                fn $case() {
                    crate::same(crate::real::cases::$module::$case, crate::model::cases::$module::$case);
                }
            )+
        }
    )+};
}

/// Cases in which std leaves the observation open, with all the observations allowed.
macro_rules! one_of {
    ($($module:ident::$case:ident: $($observed:literal)|+;)+) => {
        mod open {$(
            #[test]
            fn $case() {
                let expected = [$($observed),+];
                crate::one_of(
                    crate::real::cases::$module::$case,
                    crate::model::cases::$module::$case,
                    &expected,
                );
            }
        )+}
    };
}

same! {
    atomic: integers bools pointers updates unusual_orderings formatting statics old_names;
    auto_traits: locks once channels threads;
    barrier: leaders generations too_few_parties;
    collections: maps sets hashers;
    condvar: hand_over timeouts notify_is_not_remembered poison wakes_all old_names;
    hint_and_time: instants sleeping hints;
    lazy_lock: laziness unique_access poison poison_by_unique_access formatting;
    mpsc: order errors iteration bounded rendezvous timeouts drops many_senders
        hand_over_to_a_dropped_receiver;
    mutex: values poison_by_a_thread trying unsized_values poison_is_cleared counting
        panic_before_locking;
    once: runs_once poison waiting;
    once_lock: values initialisation sharing waiting failed_initialisation borrowing;
    panicking: payloads in_threads nested;
    rwlock: values sharing poison_by_writers_only panic_before_locking trying downgrading unsized_values;
    scope: results panics borrowing nesting;
    thread: names results panics parking builders identity finishing sizes old_names;
    thread_local: per_thread laziness cells destructors destructor_order const_values;
}

one_of! {
    atomic::weak_exchange: "Ok(0)" | "Err(0)";
    atomic::racing_exchange: "first" | "second";
    condvar::notify_one_of_two: "a" | "b";
    condvar::timeout_against_notify: "notified" | "timed out";
    mpsc::try_recv_race: "Err(Empty)" | "sent, then Err(Empty)" | "sent, then Err(Disconnected)";
    mpsc::try_send_to_nobody: "Full" | "sent";
    mpsc::two_senders: "ab" | "ba";
    mutex::try_lock_race: "got it" | "\"WouldBlock\"";
    once_lock::racing_initialisers: "a" | "b";
    rwlock::reader_against_writer: "0" | "1";
    thread::is_finished_race: "true" | "false";
    thread::unpark_race: "0" | "1";
}
