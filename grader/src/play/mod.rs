//! Be the scheduler: a person chooses, step by step, which thread goes on.
//!
//! Nothing is kept between two steps. Each time, the check runs again from its start with the choices
//! made so far, and says what can be chosen next ([`Steerable`]). That takes an instant, and undoing is
//! running with one choice less.
//!
//! The state is in `game`, what is drawn in `screen`.

mod game;
mod screen;

pub use game::Ended;

use crate::pipeline::Steerable;
use crate::terminal::Terminal;
use anyhow::Context;
use game::{Asked, Game};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use record::{Steering, Then};
use std::time::Duration;

/// How long the loop waits for a key before it looks for signals.
const GLANCE: Duration = Duration::from_millis(100);

/// Lets a person schedule the check until they leave. With a `token`, its schedule is laid out
/// before them, to be followed step by step.
///
/// # Errors
/// There is no terminal, the token stands for no schedule, or the grader or the machine fails.
pub fn run(steerable: &Steerable<'_>, token: Option<&str>) -> anyhow::Result<Ended> {
    let mut game = Game::new(steerable.steer(start())?)?;
    if let Some(token) = token {
        game.lay_out(steerable.steer(whole(token))?)?;
    }
    let mut terminal = Terminal::take()?;
    loop {
        terminal.inner.draw(|frame| screen::draw(frame, &game)).context("drawing")?;
        if terminal.ends() {
            return Ok(game.ended());
        }
        if !event::poll(GLANCE).context("reading the keyboard")? {
            continue;
        }
        let Event::Key(key) = event::read().context("reading the keyboard")? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char('c' | 'd' | 'q') => return Ok(game.ended()),
                KeyCode::Char('z') => terminal.suspend()?,
                _ => {}
            }
            continue;
        }
        match game.press(key.code) {
            Asked::Nothing => {}
            Asked::Leave => return Ok(game.ended()),
            Asked::Steer(steering) => game.take(steerable.steer(steering)?)?,
            Asked::Break => {
                game.note("Searching …");
                terminal.inner.draw(|frame| screen::draw(frame, &game)).context("drawing")?;
                let searched = steerable.search()?;
                match game.token_of(&searched)? {
                    Some(token) => {
                        game.lay_out(steerable.steer(whole(&token))?)?;
                        if game.laid_out().is_none() {
                            // It does not lead through here.
                            game.take(steerable.steer(start())?)?;
                        }
                    }
                    None => game.note(&screen::unbreakable(&searched)),
                }
            }
        }
    }
}

/// A schedule of which nothing has been chosen.
fn start() -> Steering {
    Steering { picks: Vec::new(), then: Then::Stop }
}

/// The whole schedule that `token` stands for.
fn whole(token: &str) -> Steering {
    Steering { picks: Vec::new(), then: Then::Replay(token.to_owned()) }
}
