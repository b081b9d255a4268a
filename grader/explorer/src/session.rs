//! The explorer's state on the OS thread that all threads of the program share, and the decision
//! about which thread runs next.

use crate::choice::{Choice, ChoiceKind};
use crate::execution::Execution;
use crate::execution::limits::BENEFIT_OF_DOUBT;
use crate::operation::{Announcement, ThreadId};
use crate::recorder::Recorder;
use crate::schedule::{Deviation, Point};
use crate::strategy::{End, Strategy};
use record::{Failure, Steered, TimeMode, Wait};
use std::cell::RefCell;

thread_local! {
    static SESSION: RefCell<Session> = RefCell::new(Session::idle());
}

pub(crate) struct Session {
    pub(crate) execution: Execution,
    pub(crate) strategy: Option<Box<dyn Strategy>>,
    /// Where this execution departed from the default schedule.
    pub(crate) deviations: Vec<Deviation>,
    /// The decision that the engine has yet to carry out.
    pub(crate) next: Option<ThreadId>,
    /// Executions that this phase of the search has run.
    pub(crate) runs: u64,
    /// Steps that they took.
    pub(crate) steps: u64,
    /// How much the phase may run.
    most: Most,
    pub(crate) time: TimeMode,
    /// Whether to go on when an execution fails and to stop when one passes, not the other way
    /// around.
    pub(crate) until_pass: bool,
    /// An execution has passed.
    pub(crate) passed: bool,
    /// Whether an execution that seems to loop may go on for a while. Kept from phase to phase.
    pub(crate) is_patient: bool,
    /// The recorder for the next execution.
    pub(crate) recorder: Option<Recorder>,
    /// An execution has begun and has not been counted yet.
    running: bool,
    choices: Vec<Choice>,
    /// Where the execution was ended by its strategy.
    pub(crate) halted: Option<Steered>,
    /// What is done about a standstill.
    pub(crate) waking: Waking,
}

/// Whether an execution that stands still is tried: all threads that wait to be notified are woken, once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Waking {
    /// It is not: it ends.
    Never,
    /// It will be.
    Ahead,
    /// It was, when these threads were waiting.
    Done(Vec<Wait>),
    /// It was, and afterwards all were waiting as before.
    InVain,
}

/// The budget of a phase. No execution begins when either has been spent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    /// Executions.
    pub(crate) runs: u64,
    /// Steps of all executions together.
    pub(crate) steps: u64,
}

impl Most {
    /// A budget of `runs` executions, however long they are.
    pub(crate) fn runs(runs: u64) -> Self {
        Self { runs, steps: u64::MAX }
    }
}

/// What the schedule decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The same thread runs on: no switch is needed.
    Stay,
    /// Another thread runs.
    Switch,
    /// The execution is over.
    Stop,
}

impl Session {
    fn idle() -> Self {
        Self {
            execution: Execution::idle(),
            strategy: None,
            deviations: Vec::new(),
            next: None,
            runs: 0,
            steps: 0,
            most: Most::runs(0),
            time: TimeMode::Exact,
            until_pass: false,
            passed: false,
            is_patient: false,
            recorder: None,
            running: false,
            choices: Vec::new(),
            halted: None,
            waking: Waking::Never,
        }
    }

    /// Starts a new phase of the search.
    pub(crate) fn begin(
        &mut self,
        strategy: Box<dyn Strategy>,
        most: Most,
        time: TimeMode,
        recorder: Option<Recorder>,
    ) {
        let (epoch, is_patient) = (self.execution.epoch, self.is_patient);
        let (sleep, counts) = (self.execution.sleep_matters, self.execution.counts_matter);
        *self = Self::idle();
        self.execution.epoch = epoch;
        self.execution.sleep_matters = sleep;
        self.execution.counts_matter = counts;
        self.is_patient = is_patient;
        self.strategy = Some(strategy);
        self.most = most;
        self.time = time;
        self.recorder = recorder;
    }

    /// The engine is about to start another execution. Returns whether it should.
    pub(crate) fn next_execution(&mut self) -> bool {
        self.count_execution();
        let Some(strategy) = &mut self.strategy else {
            return false;
        };
        if self.until_pass {
            let failed = self.execution.failure.take().is_some();
            self.passed |= self.runs > 0 && !failed;
            if self.passed {
                return false;
            }
        }
        let spent = self.runs >= self.most.runs || self.steps >= self.most.steps;
        if self.execution.failure.is_some() || spent {
            return false;
        }
        if !strategy.begin() {
            return false;
        }
        self.deviations.clear();
        self.next = None;
        self.running = true;
        self.execution.begin(self.time, self.recorder.take());
        true
    }

    /// Counts the execution that has just ended, if there was one.
    pub(crate) fn count_execution(&mut self) {
        if std::mem::take(&mut self.running) {
            self.runs += 1;
            self.steps += u64::from(self.execution.steps);
            let execution = &mut self.execution;
            if execution.failure.is_none() && execution.counted() > execution.last_step() {
                execution.failure = execution.too_long();
            }
            if let Some(strategy) = &mut self.strategy {
                strategy.end(&End {
                    footprint: &self.execution.footprint,
                    steered: !self.execution.is_fair(),
                    widened: self.execution.widened,
                });
            }
        }
    }

    /// Runs `f` on the session of this OS thread. Never hold the session across a switch.
    pub(crate) fn with<T>(f: impl FnOnce(&mut Session) -> T) -> T {
        SESSION.with_borrow_mut(f)
    }

    /// Like [`with`](Self::with), for destructors, which may run when the session is gone.
    pub(crate) fn try_with<T>(f: impl FnOnce(&mut Session) -> T) -> Option<T> {
        SESSION.try_with(|session| session.try_borrow_mut().ok().map(|mut s| f(&mut s))).ok()?
    }

    /// Announces the current thread's next operation, and decides which thread runs.
    pub(crate) fn announce(&mut self, next: Announcement) -> Decision {
        self.execution.announce(next);
        self.decide()
    }

    /// Decides which thread runs next.
    pub(crate) fn decide(&mut self) -> Decision {
        let execution = &mut self.execution;
        let me = execution.current;
        if let Some(failure) = execution.goes_round(me)
            && let Some(failure) = self.or_only_long(failure)
        {
            return self.stop(failure);
        }
        let execution = &mut self.execution;
        let mut choices = std::mem::take(&mut self.choices);
        execution.choices(&mut choices);
        if choices.is_empty() {
            let failure = execution.diagnose_standstill();
            self.choices = choices;
            return if self.try_waking(&failure) { self.decide() } else { self.stop(failure) };
        }
        let point = Point {
            choices: &choices,
            current: me,
            announced: execution.threads[me].announced,
            threads: execution.threads.len(),
            footprint: &execution.footprint,
        };
        let picked = match &mut self.strategy {
            Some(strategy) if !execution.is_fair() => strategy.choose(&point),
            _ => 0,
        };
        let Some(&choice) = choices.get(picked) else {
            return self.halt(&choices);
        };
        if picked != 0 {
            self.deviations.push(Deviation::new(&point, choice));
        }
        if choice.kind == ChoiceKind::Queue {
            self.choices = choices;
            self.execution.queue(choice.thread);
            return self.decide();
        }
        let ready = |choice: &&Choice| !choice.lucky && choice.thread != me;
        let others = choices.iter().filter(ready).count() > 0;
        let preempts = choice.thread != me && choices.iter().any(|c| c.thread == me && !c.lucky);
        self.choices = choices;
        self.execution.take(choice, preempts, others);
        self.next = Some(choice.thread);
        if choice.thread == me { Decision::Stay } else { Decision::Switch }
    }

    /// If the execution stands still, as `failure` says, and that is to be tried: wakes the threads that
    /// wait to be notified, and returns `true`. Notes whether that was in vain, if it was done before.
    fn try_waking(&mut self, failure: &Failure) -> bool {
        let Failure::LostWakeup { waits, .. } = failure else { return false };
        match &self.waking {
            Waking::Ahead => {
                self.execution.wake_waiting();
                self.waking = Waking::Done(waits.clone());
                true
            }
            Waking::Done(before) => {
                if before == waits {
                    self.waking = Waking::InVain;
                }
                false
            }
            Waking::Never | Waking::InVain => false,
        }
    }

    /// Ends the execution at a point that has `choices`, without a failure.
    fn halt(&mut self, choices: &[Choice]) -> Decision {
        self.halted = Some(self.execution.stands(choices));
        self.execution.over = true;
        self.next = None;
        Decision::Stop
    }

    /// The execution seems to loop, as `failure` says. In a search it gets some more steps, in
    /// which it may end by itself: a long program is not a loop.
    fn or_only_long(&mut self, failure: Failure) -> Option<Failure> {
        let steps = self.execution.steps;
        if !self.is_patient {
            return Some(failure);
        }
        match &self.execution.suspicion {
            None => {
                self.execution.suspicion = Some((failure, steps));
                self.execution.suspicious_at = self.execution.most_recent_place();
                None
            }
            Some((_, since)) if steps - since < BENEFIT_OF_DOUBT => None,
            Some(_) => {
                let (failure, since) = self.execution.suspicion.take()?;
                // The steps since then told nothing new, and a replay stops at that step.
                self.execution.steps = since;
                Some(failure)
            }
        }
    }

    /// Ends the execution with a failure.
    pub(crate) fn stop(&mut self, failure: Failure) -> Decision {
        self.execution.failure.get_or_insert(failure);
        self.execution.over = true;
        self.next = None;
        Decision::Stop
    }
}
