//! The list of exercises, to choose from.

use crate::course::Exercise;
use ratatui::crossterm::event::KeyCode;

/// How far Page Up and Page Down go.
const PAGE: usize = 10;

/// What is chosen at the moment, and the filter.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// The index of the exercise under the mark.
    pub(super) at: usize,
    /// Only exercises whose name, title or number has this in it are shown.
    pub(super) filter: String,
}

/// What a key did.
pub(super) enum Chosen {
    /// The list is still open.
    Nothing,
    /// The list was closed.
    Closed,
    /// The exercise at this index was chosen.
    Exercise(usize),
}

impl Choice {
    /// A list in which the exercise at `current` is marked.
    pub(super) fn new(current: usize) -> Self {
        Self { at: current, filter: String::new() }
    }

    /// The indices of the exercises that pass the filter.
    pub(super) fn shown(&self, exercises: &[Exercise]) -> Vec<usize> {
        let wanted = self.filter.to_lowercase();
        let passes = |exercise: &Exercise| {
            let Exercise { number, name, title, .. } = exercise;
            format!("{number:02} {name} {title}").to_lowercase().contains(&wanted)
        };
        (0..exercises.len()).filter(|&index| passes(&exercises[index])).collect()
    }

    /// Moves the mark, or changes the filter: every letter that is typed belongs to it.
    pub(super) fn press(&mut self, key: KeyCode, exercises: &[Exercise]) -> Chosen {
        let before = self.shown(exercises);
        let place = before.iter().position(|index| *index == self.at);
        let step = |to: Option<usize>| to.and_then(|to| before.get(to).copied());
        let last = before.last().copied();
        match key {
            KeyCode::Esc if self.filter.is_empty() => return Chosen::Closed,
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Enter => return place.map_or(Chosen::Nothing, |_| Chosen::Exercise(self.at)),
            KeyCode::Down => self.at = step(place.map(|at| at + 1)).unwrap_or(self.at),
            KeyCode::Up => {
                self.at = step(place.and_then(|at| at.checked_sub(1))).unwrap_or(self.at)
            }
            KeyCode::Home => self.at = step(Some(0)).unwrap_or(self.at),
            KeyCode::End => self.at = last.unwrap_or(self.at),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::PageDown => {
                self.at = step(place.map(|at| at + PAGE)).or(last).unwrap_or(self.at)
            }
            KeyCode::PageUp => {
                self.at = step(place.map(|at| at.saturating_sub(PAGE))).unwrap_or(self.at);
            }
            // No name begins with a space: somebody wants to scroll.
            KeyCode::Char(' ') if self.filter.is_empty() => {
                self.at = step(place.map(|at| at + PAGE)).or(last).unwrap_or(self.at);
            }
            KeyCode::Char(letter) => self.filter.push(letter),
            _ => {}
        }
        let after = self.shown(exercises);
        if !after.contains(&self.at) {
            self.at = after.first().copied().unwrap_or(self.at);
        }
        Chosen::Nothing
    }
}
