use super::lib::sync::{Condvar, Mutex};
use super::lib::thread;
use super::lib::time::Duration;

const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(1_000_000);

pub(crate) fn hand_over() -> String {
    let (slot, there) = (Mutex::new(None), Condvar::new());
    let got = thread::scope(|s| {
        let taker = s.spawn(|| {
            let mut slot = there.wait_while(slot.lock().unwrap(), |slot| slot.is_none()).unwrap();
            slot.take()
        });
        *slot.lock().unwrap() = Some(3);
        there.notify_one();
        taker.join().unwrap()
    });
    format!("{got:?} {slot:?} {there:?} {:?}", Condvar::default())
}

pub(crate) fn timeouts() -> String {
    let (flag, changed) = (Mutex::new(false), Condvar::new());
    let lock = || flag.lock().unwrap();
    let (guard, late) = changed.wait_timeout_while(lock(), SHORT, |flag| !*flag).unwrap();
    drop(guard);
    let (guard, prompt) = changed.wait_timeout_while(lock(), SHORT, |flag| *flag).unwrap();
    drop(guard);
    let (guard, zero) = changed.wait_timeout_while(lock(), Duration::ZERO, |_| true).unwrap();
    format!("{late:?} {} {prompt:?} {zero:?} {guard:?}", late.timed_out())
}

pub(crate) fn notify_is_not_remembered() -> String {
    let (flag, changed) = (Mutex::new(()), Condvar::new());
    changed.notify_one();
    changed.notify_all();
    let guard = flag.lock().unwrap();
    let (_guard, result) = changed.wait_timeout_while(guard, SHORT, |()| true).unwrap();
    format!("{result:?}")
}

pub(crate) fn poison() -> String {
    let (value, changed) = (Mutex::new(0), Condvar::new());
    let error = thread::scope(|s| {
        let waiter = s.spawn(|| {
            let guard = value.lock().unwrap();
            match changed.wait_while(guard, |value| *value == 0) {
                Ok(guard) => format!("ok {}", *guard),
                Err(error) => format!("{error:?}"),
            }
        });
        let _ = s
            .spawn(|| {
                // Either the waiter has not taken the lock yet, or it is waiting.
                let mut guard = value.lock().unwrap_or_else(|error| error.into_inner());
                *guard = 7;
            })
            .join();
        changed.notify_all();
        let first = waiter.join().unwrap();
        let guard = value.lock().unwrap();
        let broken = s.spawn(|| {
            let _guard = value.lock().unwrap();
            panic!("poison");
        });
        drop(guard);
        assert!(broken.join().is_err());
        let guard = value.lock().unwrap_err().into_inner();
        let second = changed.wait_timeout(guard, SHORT).unwrap_err();
        let guard = second.into_inner().0;
        let third = changed.wait_timeout_while(guard, SHORT, |_| false).is_err();
        format!("{first} {third}")
    });
    format!("{error} {value:?}")
}

pub(crate) fn wakes_all() -> String {
    let (go, changed) = (Mutex::new(false), Condvar::new());
    let wait = || *changed.wait_while(go.lock().unwrap(), |go| !*go).unwrap();
    let all = thread::scope(|s| {
        let (a, b) = (s.spawn(wait), s.spawn(wait));
        *go.lock().unwrap() = true;
        changed.notify_all();
        (a.join().unwrap(), b.join().unwrap())
    });
    format!("{all:?}")
}

/// Either waiter may get the only token.
pub(crate) fn notify_one_of_two() -> String {
    let (state, changed) = (Mutex::new((0, String::new())), Condvar::new());
    let wait = |name| {
        let mut state = changed.wait_while(state.lock().unwrap(), |state| state.0 == 0).unwrap();
        state.0 -= 1;
        if state.1.is_empty() {
            state.1.push_str(name);
        }
    };
    thread::scope(|s| {
        s.spawn(|| wait("a"));
        s.spawn(|| wait("b"));
        state.lock().unwrap().0 += 1;
        changed.notify_one();
        state.lock().unwrap().0 += 1;
        changed.notify_one();
    });
    state.into_inner().unwrap().1
}

/// A notification may come too late.
pub(crate) fn timeout_against_notify() -> String {
    let (flag, changed) = (Mutex::new(false), Condvar::new());
    let result = thread::scope(|s| {
        let waiter = s.spawn(|| {
            let (_guard, result) =
                changed.wait_timeout_while(flag.lock().unwrap(), LONG, |flag| !*flag).unwrap();
            result.timed_out()
        });
        *flag.lock().unwrap() = true;
        changed.notify_one();
        waiter.join().unwrap()
    });
    if result { "timed out" } else { "notified" }.to_owned()
}

#[expect(deprecated, reason = "old programs call it")]
pub(crate) fn old_names() -> String {
    let (flag, changed) = (Mutex::new(false), Condvar::new());
    let wait = |ms| changed.wait_timeout_ms(flag.lock().unwrap(), ms).unwrap().1;
    thread::scope(|s| {
        // However often it wakes for no reason, in the end its time is up.
        while wait(1) {}
        s.spawn(|| {
            *flag.lock().unwrap() = true;
            changed.notify_all();
        });
        let mut guard = flag.lock().unwrap();
        while !*guard {
            guard = changed.wait_timeout_ms(guard, u32::MAX).unwrap().0;
        }
        format!("{guard:?}")
    })
}
