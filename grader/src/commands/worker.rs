//! `worker`: grades one exercise for another grader that shows the result.

use super::{grade, own, replay};
use grader::course::Course;
use grader::exit::{Code, Stop};
use grader::progress::Event;
use grader::submission;
use grader::token::Token;
use grader::worker::Message;
use rustix::process::{Signal, getpid, kill_process};
use std::io::Write;

/// Grades the exercise that `word` means, or replays a schedule of it. Everything that happens goes
/// to standard output, a [`Message`] on each line.
pub(crate) fn run(course: &Course, word: &str, token: Option<&Token>) -> Result<Code, Stop> {
    let work = || -> Result<Message, Stop> {
        let exercise = submission::one(course, word).map_err(Stop::usage)?;
        let submission = own(course, &[exercise])?;
        let listener = |event: Event<'_>| Message::of(event).iter().for_each(say);
        Ok(match token {
            Some(token) => {
                let replayed = replay::replay(course, &submission, token, &listener)?;
                Message::Replayed(Box::new(replayed))
            }
            None => Message::Graded(Box::new(grade::grade(course, &submission, &listener)?)),
        })
    };
    say(&match work() {
        Err(Stop::Usage(error)) => Message::Refused(format!("{error:#}")),
        done => done?,
    });
    Ok(Code::FullMarks)
}

fn say(message: &Message) {
    let line = serde_json::to_string(message).unwrap_or_default();
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        // Nobody listens any more. This signal ends the grader and all that it has started.
        let _ends_here = kill_process(getpid(), Signal::TERM);
    }
}
