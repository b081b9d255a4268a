//! Make: one thread owns the counts; all others send it messages and wait for its answers.

use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The visitor got the page.
    Served,
    /// The visitor got an error.
    Failed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub hits: u32,
    pub failures: u32,
}

/// What the thread that owns the counts is asked to do, and where to send the answer.
enum Request {
    Record(Outcome, mpsc::Sender<Totals>),
    Totals(mpsc::Sender<Totals>),
    Take(mpsc::Sender<Totals>),
}

#[derive(Debug)]
pub struct HitCounter {
    requests: Mutex<Option<mpsc::Sender<Request>>>,
    owner: Option<JoinHandle<()>>,
}

impl HitCounter {
    pub fn new() -> HitCounter {
        let (requests, inbox) = mpsc::channel();
        let owner = thread::spawn(move || own(inbox));
        HitCounter { requests: Mutex::new(Some(requests)), owner: Some(owner) }
    }

    pub fn record(&self, outcome: Outcome) -> u32 {
        self.ask(|answer| Request::Record(outcome, answer)).hits
    }

    pub fn totals(&self) -> Totals {
        self.ask(Request::Totals)
    }

    pub fn take(&self) -> Totals {
        self.ask(Request::Take)
    }

    fn ask(&self, request: impl FnOnce(mpsc::Sender<Totals>) -> Request) -> Totals {
        let (answer, wait) = mpsc::channel();
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        requests.expect("open until dropped").send(request(answer)).expect("the owner listens");
        wait.recv().expect("the owner answers everybody")
    }
}

impl Default for HitCounter {
    fn default() -> HitCounter {
        HitCounter::new()
    }
}

impl Drop for HitCounter {
    fn drop(&mut self) {
        *self.requests.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(owner) = self.owner.take() {
            let _ = owner.join();
        }
    }
}

fn own(inbox: mpsc::Receiver<Request>) {
    let mut totals = Totals::default();
    for request in inbox {
        let (now, answer) = match request {
            Request::Record(outcome, answer) => {
                totals.hits += 1;
                totals.failures += u32::from(outcome == Outcome::Failed);
                (totals, answer)
            }
            Request::Totals(answer) => (totals, answer),
            Request::Take(answer) => (std::mem::take(&mut totals), answer),
        };
        let _ = answer.send(now);
    }
}
