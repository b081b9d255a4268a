//! Every interleaving once, or nearly: a depth-first search that leaves out orders of steps that
//! lead to the same state as an order already tried.
//!
//! *Sleep sets*: when all schedules that go on from a point with one thread's step have been
//! tried, that step falls asleep while the other choices at the point are tried. It wakes when a step
//! runs with which it does not commute. A sleeping step is not taken: whatever would follow has been
//! seen already, with that step first. After P. Godefroid, "Partial-Order Methods for the
//! Verification of Concurrent Systems", LNCS 1032, 1996.
//!
//! Events that a program cannot rely on (spurious wakeups, early deadlines, weak exchanges that
//! fail) come without end, so they are counted: first every interleaving without one, then every one
//! with one, and so on. How many there are in a schedule does not depend on the order of steps that
//! commute, so nothing is left out. The one exception is an early deadline, which may no longer be early
//! in another order: it never sleeps.

use super::{End, Strategy};
use crate::choice::{Choice, ChoiceKind};
use crate::footprint::Footprint;
use crate::operation::ThreadId;
use crate::schedule::Point;
use std::collections::VecDeque;

/// A step that need not be taken.
#[derive(Clone, Copy)]
struct Sleeper {
    thread: ThreadId,
    kind: ChoiceKind,
    footprint: Footprint,
}

impl Sleeper {
    fn is(&self, choice: &Choice) -> bool {
        choice.is(self.thread, self.kind)
    }
}

/// A point at which the search has a choice.
struct Node {
    choices: Vec<Choice>,
    /// The steps that sleep when the search gets here.
    asleep: Vec<Sleeper>,
    /// Those of the choices that have been tried.
    tried: Vec<Sleeper>,
    /// Whether the odd choices are tried here, or the others.
    odd: bool,
    /// The choice that is being tried.
    current: usize,
    /// What its step touches, once it has run.
    footprint: Footprint,
}

impl Node {
    fn is_open(&self, choice: &Choice) -> bool {
        !self.asleep.iter().chain(&self.tried).any(|sleeper| sleeper.is(choice))
    }

    /// The first choice from `from` on that is to be tried.
    fn next(&self, from: usize, odd: bool) -> Option<usize> {
        let wanted = |index: &usize| {
            let choice = &self.choices[*index];
            choice.lucky == odd && self.is_open(choice)
        };
        (from..self.choices.len()).find(wanted)
    }

    /// Moves on to the next choice, when everything that follows from the current one has been seen.
    fn advance(&mut self) -> bool {
        let Choice { thread, kind, lucky, .. } = self.choices[self.current];
        if !(lucky && kind == ChoiceKind::TimeOut) {
            self.tried.push(Sleeper { thread, kind, footprint: self.footprint });
        }
        match self.next(self.current + 1, self.odd) {
            Some(next) => {
                self.current = next;
                true
            }
            None => false,
        }
    }
}

/// A node at which only the odd choices have not been tried yet.
struct Deferred {
    /// Which choice leads there, at each node on the way.
    path: Vec<u16>,
    node: Node,
}

pub(crate) struct SleepSets {
    /// Whether steps fall asleep. Without, every order of all steps is tried.
    reduces: bool,
    /// The largest number of odd events in one schedule.
    most_odd: u32,
    /// The number that is being tried.
    odd: u32,
    /// The largest number for which the search is complete.
    complete: Option<u32>,
    /// Nothing is left beyond it.
    all: bool,
    work: VecDeque<Deferred>,
    next: VecDeque<Deferred>,
    /// The most nodes to keep for later. Each stands for at least one schedule.
    most: usize,
    /// More had to be kept, so the next number cannot be completed.
    overflows: bool,
    /// Choices on the way to the first node of `nodes`.
    prefix: Vec<u16>,
    /// The nodes of this execution.
    nodes: Vec<Node>,
    has_begun: bool,

    // In the current execution.
    /// How many points with a choice have been passed.
    depth: usize,
    /// The steps that sleep at this point, before the last step is accounted for.
    asleep: Vec<Sleeper>,
    /// The last choice, and the node at which it was made.
    last: Option<(Choice, Option<usize>)>,
    /// Nothing new can come of this execution.
    redundant: bool,
    /// The program behaved differently under the same schedule, or ran for so long that not every
    /// point was decided here.
    inexact: bool,
}

impl SleepSets {
    /// Tries every interleaving with at most `most_odd` odd events, keeping at most `budget` points
    /// for later. Unless it `reduces`, no step sleeps, and every order of all steps is tried.
    pub(crate) fn new(reduces: bool, most_odd: u32, budget: u64) -> Self {
        Self {
            reduces,
            most_odd,
            odd: 0,
            complete: None,
            all: false,
            work: VecDeque::new(),
            next: VecDeque::new(),
            most: budget as usize,
            overflows: false,
            prefix: Vec::new(),
            nodes: Vec::new(),
            has_begun: false,
            depth: 0,
            asleep: Vec::new(),
            last: None,
            redundant: false,
            inexact: false,
        }
    }

    /// The largest number of odd events with which every interleaving has been run, and whether those
    /// were all the schedules there are.
    pub(crate) fn odd_events(&self) -> (Option<u32>, bool) {
        if self.inexact { (None, false) } else { (self.complete, self.all) }
    }

    /// Starts again: what is known of footprints is no longer true.
    pub(crate) fn forget(&mut self) {
        *self = Self::new(self.reduces, self.most_odd, self.most as u64);
    }

    /// Moves on to the next choice, at the deepest node that has one left.
    fn backtrack(&mut self) -> bool {
        while let Some(mut node) = self.nodes.pop() {
            if node.advance() {
                self.nodes.push(node);
                return true;
            }
            if !node.odd {
                self.defer(node);
            }
        }
        false
    }

    /// Keeps the odd choices of `node`, which has just been left, for later.
    fn defer(&mut self, mut node: Node) {
        let Some(first) = node.next(0, true) else { return };
        if self.next.len() >= self.most {
            self.overflows = true;
            return;
        }
        node.odd = true;
        node.current = first;
        let taken = self.nodes.iter().map(|node| node.current as u16);
        let path = self.prefix.iter().copied().chain(taken).collect();
        self.next.push_back(Deferred { path, node });
    }

    fn next_work(&mut self) -> bool {
        if self.work.is_empty() {
            self.complete = Some(self.odd);
            self.all = self.next.is_empty() && !self.overflows;
            if self.all || self.overflows || self.odd == self.most_odd {
                return false;
            }
            self.odd += 1;
            std::mem::swap(&mut self.work, &mut self.next);
        }
        let Some(Deferred { path, node }) = self.work.pop_front() else {
            return false;
        };
        self.prefix = path;
        self.nodes.push(node);
        true
    }

    /// Accounts for the step that has just ended, which touched `footprint`.
    fn note(&mut self, footprint: &Footprint) {
        let Some((choice, node)) = self.last.take() else { return };
        if let Some(node) = node {
            self.nodes[node].footprint = *footprint;
        }
        self.asleep.retain(|sleeper| {
            sleeper.thread != choice.thread && sleeper.footprint.commutes(footprint)
        });
    }

    /// Decides at a point that is new. Returns the choice, and whether it makes a node.
    fn explore(&mut self, point: &Point) -> (usize, bool) {
        let mut node = Node {
            choices: point.choices.to_vec(),
            asleep: if self.reduces { self.asleep.clone() } else { Vec::new() },
            tried: Vec::new(),
            odd: false,
            current: 0,
            footprint: Footprint::NOTHING,
        };
        match node.next(0, false) {
            Some(first) => {
                node.current = first;
                self.nodes.push(node);
                (first, true)
            }
            None => {
                // Everything that can be relied on has been seen in another order.
                self.redundant = true;
                self.defer(node);
                (0, false)
            }
        }
    }
}

impl Strategy for SleepSets {
    fn begin(&mut self) -> bool {
        let begins = match std::mem::replace(&mut self.has_begun, true) {
            false => true,
            true => !self.inexact && (self.backtrack() || self.next_work()),
        };
        self.depth = 0;
        self.asleep.clear();
        self.last = None;
        self.redundant = false;
        begins
    }

    fn choose(&mut self, point: &Point) -> usize {
        self.note(point.footprint);
        if self.redundant {
            return 0;
        }
        if let [only] = point.choices {
            self.redundant = self.asleep.iter().any(|sleeper| sleeper.is(only));
            self.last = Some((*only, None));
            return 0;
        }
        let depth = self.depth;
        self.depth += 1;
        if let Some(&taken) = self.prefix.get(depth) {
            let taken = usize::from(taken);
            if taken >= point.choices.len() {
                (self.inexact, self.redundant) = (true, true);
                return 0;
            }
            self.last = Some((point.choices[taken], None));
            return taken;
        }
        let index = depth - self.prefix.len();
        let (taken, is_node) = match self.nodes.get_mut(index) {
            Some(node) if node.choices.len() == point.choices.len() => {
                self.asleep.clear();
                if self.reduces {
                    self.asleep.extend(node.asleep.iter().chain(&node.tried));
                }
                (node.current, true)
            }
            Some(_) => {
                (self.inexact, self.redundant) = (true, true);
                return 0;
            }
            None => self.explore(point),
        };
        if !self.redundant {
            self.last = Some((point.choices[taken], is_node.then_some(index)));
        }
        taken
    }

    fn end(&mut self, end: &End) {
        if end.widened {
            self.forget();
            return;
        }
        self.note(end.footprint);
        if self.depth < self.prefix.len() + self.nodes.len() || !end.steered {
            self.inexact = true;
        }
    }
}
