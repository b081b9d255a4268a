//! The progress of a run: one line on standard error, if that is a terminal.

use super::words;
use crate::progress::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// The progress line. Silent if standard error is not a terminal. Safe to use from any thread.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    terminal: bool,
}

impl Progress {
    /// A line on standard error.
    pub fn new() -> Self {
        Self::on(ProgressDrawTarget::stderr(), std::io::stderr().is_terminal())
    }

    fn on(target: ProgressDrawTarget, terminal: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        if terminal {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, terminal }
    }

    /// Show what has just started.
    pub fn show(&self, event: Event<'_>) {
        match event {
            Event::Building { done, total, last } => {
                self.bar.set_message(words::building(done, total, last));
            }
            Event::Checking { exercise, check, world, done, total } => {
                self.bar.set_message(words::searching(exercise, check, world, done, total));
            }
            Event::Checked { .. } => {}
            Event::Note(text) if self.terminal => self.bar.println(text),
            Event::Note(text) => eprintln!("{text}"),
            Event::Finished => self.bar.finish_and_clear(),
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn the_line_says_what_goes_on() {
        let progress = Progress::on(ProgressDrawTarget::hidden(), false);
        progress.show(Event::Building { done: 2, total: 12, last: Some("model_std") });
        assert_eq!(progress.bar.message(), "building 3 of 12 (compiled: model_std)");
        progress.show(Event::Building { done: 12, total: 12, last: None });
        assert_eq!(progress.bar.message(), "built 12 of 12");
        progress.show(Event::Checking {
            exercise: "rlock",
            check: "nests",
            world: World::Model,
            done: 4,
            total: 48,
        });
        assert_eq!(progress.bar.message(), "searching: rlock nests (model), 5 of 48");
        progress.show(Event::Finished);
        assert!(progress.bar.is_finished());
    }
}
