//! What `watch` shows and how it reacts to keys, saved files and results. It draws nothing and starts
//! nothing: what is to be done outside comes back as an [`Action`].

use super::list::Choice;
use crate::course::{Course, Exercise};
use crate::focus;
use crate::graded::{Graded, GradedExercise};
use crate::guide::State;
use crate::worker::Message;
use crate::world::World;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::{Instant, SystemTime};

/// What the middle of the screen shows.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// The report on the exercise: the most instructive failure, or what was proven.
    Report,
    /// The report with every failure in full.
    All,
    /// The exercise's README.
    Task,
    /// Its hints, as far as they have been given.
    Hints,
    /// The reference and its explanation.
    Solution,
    /// The whole schedule that breaks the answer.
    Replay(Box<GradedExercise>),
    /// The list of exercises, to choose from.
    List(Choice),
    /// Whether to restore the starter.
    Reset,
    /// The keys.
    Keys,
}

/// What the process that grades is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing is being graded.
    Idle,
    /// It has just begun.
    Begun,
    /// It runs a schedule again, to show it.
    Replaying,
    /// It has said what it is doing.
    Doing(Doing),
}

/// A stage of grading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// The compiler is running: packages built, packages to build, the crate compiled last.
    Building(usize, usize, Option<String>),
    /// A check is running.
    Checking(String, usize, usize),
    /// It says something else.
    Other(String),
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing.
    None,
    /// Grade the current exercise; stop what is being graded.
    Grade,
    /// Stop what is going on.
    Stop,
    /// Run the schedule with this token and show it.
    Replay(String),
    /// Give the next hint.
    Hint,
    /// Restore the starter of the current exercise.
    Reset,
    /// Open the current exercise's file in the user's editor.
    Edit,
    /// Another exercise is current: remember it, open its file, and grade it.
    Moved,
    /// Let the learner schedule this check.
    Play(String),
    /// Stop until the shell continues the program.
    Suspend,
    /// End.
    Quit,
}

/// The state of `watch`.
pub(super) struct App<'c> {
    pub(super) course: &'c Course,
    /// How far each exercise has come, in the course's order.
    pub(super) places: Vec<(State, Option<SystemTime>)>,
    /// The index of the current exercise.
    pub(super) current: usize,
    pub(super) view: View,
    /// The first line of the view that is visible.
    pub(super) scroll: usize,
    /// The last result for the current exercise.
    pub(super) graded: Option<Graded>,
    /// Why the last run has no result.
    pub(super) refused: Option<String>,
    pub(super) work: Work,
    /// When it began.
    pub(super) begun: Instant,
    /// Something to say until the next key.
    pub(super) note: Option<String>,
    /// How many hints of the current exercise have been given.
    pub(super) hints: usize,
    /// Whether what is drawn must be made again.
    pub(super) is_stale: bool,
}

impl<'c> App<'c> {
    /// Begins with the exercise at index `current`.
    pub(super) fn new(
        course: &'c Course,
        places: Vec<(State, Option<SystemTime>)>,
        current: usize,
    ) -> Self {
        Self {
            course,
            places,
            current,
            view: View::Report,
            scroll: 0,
            graded: None,
            refused: None,
            work: Work::Idle,
            begun: Instant::now(),
            note: None,
            hints: 0,
            is_stale: true,
        }
    }

    /// The current exercise.
    pub(super) fn exercise(&self) -> &'c Exercise {
        &self.course.exercises[self.current]
    }

    /// The last result for the current exercise.
    pub(super) fn result(&self) -> Option<&GradedExercise> {
        self.graded.as_ref().and_then(|graded| graded.exercises.first())
    }

    /// Whether the current exercise is solved, as far as is known.
    pub(super) fn is_solved(&self) -> bool {
        self.places[self.current].0 == State::Solved
    }

    /// The exercise to go on with.
    pub(super) fn next(&self) -> Option<usize> {
        let place = |(state, changed): &(State, Option<SystemTime>)| state.place(*changed);
        focus::current(self.places.iter().map(place))
    }

    /// Shows something else, from its top.
    pub(super) fn show(&mut self, view: View) {
        self.view = view;
        self.scroll = 0;
        self.is_stale = true;
    }

    /// Makes the exercise at `index` the current one.
    pub(super) fn go_to(&mut self, index: usize) -> Action {
        self.show(View::Report);
        if index == self.current {
            return Action::None;
        }
        self.current = index;
        (self.graded, self.refused) = (None, None);
        Action::Moved
    }

    /// Something was heard of the process that grades.
    pub(super) fn hear(&mut self, message: Message) {
        // What is going on stands below the text.
        let is_progress = matches!(
            message,
            Message::Building { .. } | Message::Checking { .. } | Message::Note(_)
        );
        self.is_stale |= !is_progress;
        match message {
            // What it is done for says more than that the compiler runs again.
            Message::Building { .. } | Message::Checking { .. } | Message::Note(_)
                if self.work == Work::Replaying => {}
            Message::Building { done, total, last } => {
                self.work = Work::Doing(Doing::Building(done, total, last));
            }
            Message::Checking { check, done, total, .. } => {
                self.work = Work::Doing(Doing::Checking(check, done, total));
            }
            Message::Note(note) => self.work = Work::Doing(Doing::Other(note)),
            Message::Graded(mut graded) => {
                self.work = Work::Idle;
                for solved in graded.exercises.iter_mut().filter(|it| it.verdict().is_pass()) {
                    solved.mistake = self.course.mistake(&solved.id);
                }
                self.refused = None;
                self.take(*graded);
            }
            Message::Replayed(exercise) => {
                // Whoever has gone elsewhere meanwhile stays there.
                if matches!(self.view, View::Report | View::All | View::Replay(_)) {
                    self.show(View::Replay(exercise));
                }
                self.work = Work::Idle;
            }
            Message::Refused(why) => {
                self.work = Work::Idle;
                self.refused = Some(why);
            }
        }
    }

    fn take(&mut self, graded: Graded) {
        if let Some(exercise) = graded.exercises.first() {
            let was_solved = self.is_solved();
            self.places[self.current].0 = match exercise.verdict().is_pass() {
                _ if exercise.is_starter => State::NotStarted,
                true => State::Solved,
                false => State::Unsolved(exercise.score()),
            };
            // What has just been proven is worth seeing from its top, and so is another failure.
            let same = |old: &GradedExercise| old.answer_text == exercise.answer_text;
            if self.is_solved() != was_solved || !self.result().is_some_and(same) {
                self.scroll = 0;
            }
        }
        self.graded = Some(graded);
    }

    /// The file of the exercise at `index` was saved with other content.
    pub(super) fn saved(&mut self, index: usize) -> Action {
        self.places[index] = (State::NotGraded, Some(SystemTime::now()));
        self.note = None;
        self.is_stale = true;
        if index != self.current {
            return self.go_to(index);
        }
        if !matches!(self.view, View::Report | View::All) {
            self.show(View::Report);
        }
        Action::Grade
    }

    /// A key was pressed. `page` is the number of lines that are visible.
    pub(super) fn press(&mut self, key: KeyEvent, page: usize) -> Action {
        self.note = None;
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c' | 'd' | 'q') => Action::Quit,
                KeyCode::Char('z') => Action::Suspend,
                _ => Action::None,
            };
        }
        if let View::List(choice) = &mut self.view {
            use super::list::Chosen;
            return match choice.press(key.code, &self.course.exercises) {
                Chosen::Nothing => Action::None,
                Chosen::Closed => self.go_to(self.current),
                Chosen::Exercise(index) => self.go_to(index),
            };
        }
        if let View::Reset = self.view {
            self.show(View::Report);
            let is_yes = matches!(key.code, KeyCode::Char('y' | 'Y'));
            return if is_yes { Action::Reset } else { Action::None };
        }
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.scroll += 1,
            KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll += page.saturating_sub(2),
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(page.saturating_sub(2)),
            KeyCode::Home => self.scroll = 0,
            KeyCode::End => self.scroll = usize::MAX / 2,
            KeyCode::Esc | KeyCode::Backspace => {
                self.show(View::Report);
                if self.work == Work::Replaying {
                    return Action::Stop;
                }
            }
            KeyCode::Char('?') => self.show(View::Keys),
            KeyCode::Char('t') => self.show(View::Task),
            KeyCode::Char('a') => self.toggle_all(),
            KeyCode::Char('l') => self.show(View::List(Choice::new(self.current))),
            KeyCode::Char('x') => self.show(View::Reset),
            KeyCode::Char('s') if self.is_solved() => self.show(View::Solution),
            KeyCode::Char('s') => {
                self.note = Some("`s` shows the solution once the exercise is solved.".to_owned());
            }
            KeyCode::Char('h') => return Action::Hint,
            KeyCode::Char('e') => return Action::Edit,
            KeyCode::Char('g') => {
                if self.result().is_some_and(|exercise| exercise.is_starter) {
                    self.note = Some("Nothing is changed yet. `a` shows what fails.".to_owned());
                }
                return Action::Grade;
            }
            KeyCode::Char('q') => return Action::Quit,
            KeyCode::Char('n') => return self.forward(),
            KeyCode::Char('p') => return self.back(),
            KeyCode::Char('r') => return self.replay(),
            KeyCode::Char('b') => return self.play(),
            _ => {}
        }
        Action::None
    }

    fn toggle_all(&mut self) {
        let is_all = matches!(self.view, View::All);
        self.show(if is_all { View::Report } else { View::All });
        let said = match is_all {
            true => "The first failure in full.",
            false => "All failures in full. `a` goes back to the first.",
        };
        self.note = Some(said.to_owned());
    }

    /// From a solved exercise to the next one that is not, or to one before it if none is left; from
    /// any other to the one after it.
    fn forward(&mut self) -> Action {
        let mut later = self.current + 1..self.places.len();
        let after = later.clone().next();
        let unsolved = later.find(|&index| self.places[index].0 != State::Solved);
        let next = match self.is_solved() {
            true => unsolved.or_else(|| self.next()).or(after),
            false => after,
        };
        match next {
            Some(next) => self.go_to(next),
            None => {
                self.note = Some("This is the last exercise.".to_owned());
                Action::None
            }
        }
    }

    fn back(&mut self) -> Action {
        match self.current.checked_sub(1) {
            Some(previous) => self.go_to(previous),
            None => {
                self.note = Some("This is the first exercise.".to_owned());
                Action::None
            }
        }
    }

    /// The check whose failure is shown, or else the first that runs in the model.
    fn play(&mut self) -> Action {
        let shown = self.result().and_then(crate::explanation::shown_first);
        let shown = shown.filter(|check| check.world == Some(World::Model));
        let mut checks = self.exercise().checks.iter();
        let first = checks.find(|check| check.worlds.contains(&World::Model));
        match shown.map(|check| &check.name).or(first.map(|check| &check.name)) {
            Some(check) => Action::Play(check.clone()),
            None => {
                self.note = Some("No check of this exercise runs in the model.".to_owned());
                Action::None
            }
        }
    }

    fn replay(&mut self) -> Action {
        let token = self.result().and_then(crate::explanation::shown_first);
        match token.and_then(|check| check.replay.clone()) {
            Some(token) => {
                // The schedule takes the report's place: whoever goes on to another view does not
                // want to be taken away from it.
                self.show(View::Report);
                Action::Replay(token)
            }
            None => {
                self.note = Some("There is no schedule to replay.".to_owned());
                Action::None
            }
        }
    }
}
