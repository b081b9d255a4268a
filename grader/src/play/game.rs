//! A schedule in the making.

use crate::graded::{Facts, GradedCheck, GradedExercise};
use anyhow::{Context, bail};
use ratatui::crossterm::event::KeyCode;
use record::{Outcome, Pick, Steered, Steering, Then};

/// How a game ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The player left while the check could still go either way.
    Left,
    /// The schedule breaks the check. Its token, for `replay`.
    Broken(String),
}

/// A schedule in the making.
pub(super) struct Game {
    /// The exercise, with the check as it stands.
    pub(super) now: GradedExercise,
    /// A schedule to follow: where it is not left, the next pick is laid out.
    rails: Vec<Pick>,
    /// Something to say until the next key.
    pub(super) note: Option<String>,
}

/// What a key asks for.
pub(super) enum Asked {
    /// Nothing.
    Nothing,
    /// Another run.
    Steer(Steering),
    /// A schedule that breaks the check.
    Break,
    /// To leave.
    Leave,
}

/// Said on `?`, below the choices and above the keys.
const HELP: &str =
    "1-9: the number at the left margin. `–`: that thread waits. ►: laid out for you.";

/// The choices have keys from 1 to 9.
pub(super) const MOST_KEYS: usize = 9;

impl Game {
    /// Begins with a check of which nothing has been chosen.
    ///
    /// # Errors
    /// It did not run.
    pub(super) fn new(now: GradedExercise) -> anyhow::Result<Self> {
        let game = Self { now, rails: Vec::new(), note: None };
        game.outcome()?;
        Ok(game)
    }

    /// The check.
    pub(super) fn check(&self) -> anyhow::Result<&GradedCheck> {
        self.now.checks.first().context("the check is missing from its own result")
    }

    /// What came of the run.
    pub(super) fn outcome(&self) -> anyhow::Result<&Outcome> {
        outcome(&self.now)
    }

    /// Where the schedule stands. Nothing can be chosen once it is over.
    pub(super) fn stands(&self) -> Steered {
        let steered = self.outcome().ok().and_then(|outcome| outcome.steered.clone());
        steered.unwrap_or_default()
    }

    /// The choice that comes next on the way that is laid out, if the player is on it.
    pub(super) fn laid_out(&self) -> Option<Pick> {
        let picks = self.stands().picks;
        self.rails.strip_prefix(&picks[..]).and_then(|rest| rest.first().copied())
    }

    /// The result of another run.
    ///
    /// # Errors
    /// It did not run.
    pub(super) fn take(&mut self, now: GradedExercise) -> anyhow::Result<()> {
        outcome(&now)?;
        self.now = now;
        Ok(())
    }

    /// Lays out the schedule of a whole run, from where the player stands if it leads through there, and
    /// else from the start.
    ///
    /// # Errors
    /// It did not run.
    pub(super) fn lay_out(&mut self, whole: GradedExercise) -> anyhow::Result<()> {
        let steered = outcome(&whole)?.steered.clone();
        let Some(steered) = steered else { bail!("this token does not name a schedule") };
        self.rails = steered.picks;
        self.note =
            Some("A failing schedule is laid out (►): Enter takes its next step.".to_owned());
        Ok(())
    }

    /// The token of a schedule that a search has found.
    ///
    /// # Errors
    /// The search did not run.
    pub(super) fn token_of(&self, searched: &GradedExercise) -> anyhow::Result<Option<String>> {
        Ok(outcome(searched)?.replay.clone())
    }

    pub(super) fn note(&mut self, note: &str) {
        self.note = Some(note.to_owned());
    }

    /// How the game would end now.
    pub(super) fn ended(&self) -> Ended {
        let failed = self.outcome().is_ok_and(|outcome| outcome.failure.is_some());
        match self.check().ok().and_then(|check| check.replay.clone()) {
            Some(token) if failed => Ended::Broken(token),
            _ => Ended::Left,
        }
    }

    /// A key was pressed.
    pub(super) fn press(&mut self, key: KeyCode) -> Asked {
        self.note = None;
        let stands = self.stands();
        let with = |pick: Pick| {
            let picks = [&stands.picks[..], &[pick]].concat();
            Asked::Steer(Steering { picks, then: Then::Stop })
        };
        match key {
            KeyCode::Char(digit @ '1'..='9') => {
                let index = digit as usize - '1' as usize;
                stands.offers.get(index).map_or(Asked::Nothing, |offer| with(offer.pick))
            }
            KeyCode::Enter | KeyCode::Right | KeyCode::Char(' ') => {
                let usual = stands.offers.first().map(|offer| offer.pick);
                self.laid_out().or(usual).map_or(Asked::Nothing, with)
            }
            KeyCode::Char('u') | KeyCode::Left | KeyCode::Backspace => match stands.picks[..] {
                [] => {
                    self.note("This is the beginning.");
                    Asked::Nothing
                }
                [ref rest @ .., _] => {
                    Asked::Steer(Steering { picks: rest.to_vec(), then: Then::Stop })
                }
            },
            KeyCode::Char('c') => Asked::Steer(Steering { picks: stands.picks, then: Then::RunOn }),
            KeyCode::Char('0') | KeyCode::Home => {
                Asked::Steer(Steering { picks: Vec::new(), then: Then::Stop })
            }
            KeyCode::Char('b') => Asked::Break,
            KeyCode::Char('q') | KeyCode::Esc => Asked::Leave,
            KeyCode::Char('?') => {
                self.note(HELP);
                Asked::Nothing
            }
            _ => Asked::Nothing,
        }
    }
}

fn outcome(exercise: &GradedExercise) -> anyhow::Result<&Outcome> {
    let check = exercise.checks.first().context("the check is missing from its own result")?;
    match &check.facts {
        Facts::Ended(outcome) => Ok(outcome),
        Facts::Fault(text) => bail!("{text}"),
        Facts::Died(_) => bail!("the check's process died, so there is nothing to choose"),
        _ => bail!("the check did not run"),
    }
}
