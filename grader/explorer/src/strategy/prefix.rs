//! A schedule that begins like another one and continues as a second strategy decides, without
//! luck.

use super::{End, Strategy};
use crate::choice::Choice;
use crate::schedule::Point;
use std::cell::RefCell;
use std::rc::Rc;

/// Takes the choices of `picks`, and then whatever `inner` picks among the choices that are not
/// lucky: a program that passes only thanks to a spurious wakeup, or to a deadline that passes
/// early, does not count as passing.
pub(crate) struct Prefix {
    picks: Rc<[usize]>,
    /// Shared, so that one strategy can supply one schedule after another.
    inner: Rc<RefCell<dyn Strategy>>,
    depth: usize,
    /// The choices at this point that are not lucky, with their indices among all choices.
    usual: Vec<Choice>,
    places: Vec<usize>,
}

impl Prefix {
    pub(crate) fn new(picks: Rc<[usize]>, inner: Rc<RefCell<dyn Strategy>>) -> Self {
        Self { picks, inner, depth: 0, usual: Vec::new(), places: Vec::new() }
    }
}

impl Strategy for Prefix {
    fn begin(&mut self) -> bool {
        self.depth = 0;
        self.inner.borrow_mut().begin()
    }

    fn choose(&mut self, point: &Point) -> usize {
        let depth = self.depth;
        self.depth += 1;
        if let Some(&pick) = self.picks.get(depth) {
            return if pick < point.choices.len() { pick } else { 0 };
        }
        self.usual.clear();
        self.places.clear();
        for (place, &choice) in point.choices.iter().enumerate().filter(|(_, it)| !it.lucky) {
            self.usual.push(choice);
            self.places.push(place);
        }
        if self.usual.is_empty() {
            return 0;
        }
        let without_luck = Point { choices: &self.usual, ..*point };
        self.places[self.inner.borrow_mut().choose(&without_luck)]
    }

    fn end(&mut self, end: &End) {
        self.inner.borrow_mut().end(end);
    }

    fn covered(&self) -> (Option<u32>, bool) {
        self.inner.borrow().covered()
    }
}

/// Runs another strategy, noting which choice it takes at each point.
pub(crate) struct Recording<S> {
    pub(crate) strategy: S,
    pub(crate) picks: Rc<RefCell<Vec<usize>>>,
}

impl<S: Strategy> Strategy for Recording<S> {
    fn begin(&mut self) -> bool {
        self.strategy.begin()
    }

    fn choose(&mut self, point: &Point) -> usize {
        let pick = self.strategy.choose(point);
        self.picks.borrow_mut().push(pick);
        pick
    }
}
