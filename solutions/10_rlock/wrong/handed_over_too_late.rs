//! Fault: a waiter whose time is over does not see that it was handed the lock just before.
//! Expect: a_timed_out_waiter_leaves_no_trace = wrong

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, ThreadId};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct RLock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    owner: Option<ThreadId>,
    count: usize,
    line: VecDeque<(ThreadId, Sender<()>)>,
}

#[derive(Debug)]
#[must_use = "a guard that is not kept gives its level back at once"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    not_send: PhantomData<*const ()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwner;

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread does not own the lock")
    }
}

impl Error for NotOwner {}

impl RLock {
    pub fn new() -> Self {
        RLock::default()
    }

    pub fn acquire(&self) {
        if let Some(turn) = self.enter_or_line_up() {
            turn.recv().unwrap();
        }
    }

    /// `None` if we are in, else what tells us that we are.
    fn enter_or_line_up(&self) -> Option<Receiver<()>> {
        if self.try_acquire() {
            return None;
        }
        let mut state = self.state.lock().unwrap();
        let me = thread::current().id();
        let (your_turn, turn) = mpsc::channel();
        if state.owner.is_none() {
            state.owner = Some(me);
            state.count = 1;
            return None;
        }
        state.line.push_back((me, your_turn));
        Some(turn)
    }

    pub fn try_acquire(&self) -> bool {
        let me = thread::current().id();
        let mut state = self.state.lock().unwrap();
        if state.owner.is_some() && state.owner != Some(me) {
            return false;
        }
        state.owner = Some(me);
        state.count += 1;
        true
    }

    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let Some(turn) = self.enter_or_line_up() else {
            return true;
        };
        let my_turn = turn.recv_timeout(timeout).is_ok();
        if !my_turn {
            let me = thread::current().id();
            self.state.lock().unwrap().line.retain(|(thread, _)| *thread != me);
        }
        my_turn
    }

    pub fn release(&self) -> Result<(), NotOwner> {
        let mut state = self.state.lock().unwrap();
        if state.owner != Some(thread::current().id()) {
            return Err(NotOwner);
        }
        state.count -= 1;
        if state.count == 0 {
            state.owner = None;
            if let Some((next, your_turn)) = state.line.pop_front() {
                state.owner = Some(next);
                state.count = 1;
                let _ = your_turn.send(());
            }
        }
        Ok(())
    }

    pub fn lock(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self, not_send: PhantomData }
    }

    pub fn try_lock(&self) -> Option<RLockGuard<'_>> {
        self.try_acquire().then(|| RLockGuard { lock: self, not_send: PhantomData })
    }

    pub fn is_owned(&self) -> bool {
        self.state.lock().unwrap().owner == Some(thread::current().id())
    }

    pub fn recursion_count(&self) -> usize {
        let state = self.state.lock().unwrap();
        if state.owner == Some(thread::current().id()) { state.count } else { 0 }
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}
