//! Where a learner stands, as far as earlier runs tell.

use crate::course::{Course, Exercise};
use crate::focus::{self, Place};
use crate::graded::GradedExercise;
use crate::source::Source;
use crate::submission::Answer;
use std::time::SystemTime;

/// Where a learner stands in one exercise.
#[derive(Clone, Debug)]
pub struct Standing<'c> {
    /// The exercise.
    pub exercise: &'c Exercise,
    /// How far it has come.
    pub state: State,
    /// When the learner's file was last changed, if known.
    pub changed: Option<SystemTime>,
}

/// How far an exercise has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The file is still the starter.
    NotStarted,
    /// The file has changed since it was last graded, or was never graded.
    NotGraded,
    /// The file was graded, and this is its score.
    Unsolved(u32),
    /// The file has full marks.
    Solved,
}

impl State {
    /// Points earned, of `max`.
    pub fn earned(self, max: u32) -> u32 {
        match self {
            Self::NotStarted | Self::NotGraded => 0,
            Self::Unsolved(score) => score,
            Self::Solved => max,
        }
    }

    /// What matters of it to find the exercise that comes next; `changed` is when its file was last
    /// changed.
    pub fn place(self, changed: Option<SystemTime>) -> Place {
        Place { is_solved: self == Self::Solved, is_begun: self != Self::NotStarted, changed }
    }
}

impl Standing<'_> {
    /// Whether the exercise is solved.
    pub fn is_solved(&self) -> bool {
        self.state == State::Solved
    }
}

/// Where the learner stands in the exercise of each of `answers`. `known` has what earlier runs know
/// of each of them ([`Pipeline::known`](crate::pipeline::Pipeline::known)).
pub fn standings<'c>(
    course: &Course,
    answers: &[Answer<'c>],
    known: &[Option<GradedExercise>],
) -> Vec<Standing<'c>> {
    let standing = |(answer, known): (&Answer<'c>, &Option<GradedExercise>)| {
        let exercise = answer.exercise;
        let is_starter = match &answer.source {
            Source::Text(text) => {
                course.starter(&exercise.id).is_some_and(|starter| starter == *text)
            }
            Source::Absent => true,
            Source::Refused(_) => false,
        };
        let state = match known {
            _ if is_starter => State::NotStarted,
            None => State::NotGraded,
            Some(graded) if graded.verdict().is_pass() => State::Solved,
            Some(graded) => State::Unsolved(graded.score()),
        };
        Standing { exercise, state, changed: answer.changed }
    };
    answers.iter().zip(known).map(standing).collect()
}

/// The index of the exercise that the learner is working on. `None` if all are solved.
pub fn current(standings: &[Standing<'_>]) -> Option<usize> {
    focus::current(standings.iter().map(|it| it.state.place(it.changed)))
}
