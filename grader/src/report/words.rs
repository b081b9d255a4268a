//! The words that stand round the explanations: verdicts, points, headings, what to do next.
//!
//! What is said of a failure is the [`explanation`](crate::explanation)'s.

use crate::explanation::words::{count, list};
use crate::verdict::Verdict;
use crate::world::World;

/// A verdict in plain words.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passes",
        Verdict::Wrong => "wrong",
        Verdict::Deadlock => "deadlock",
        Verdict::LostWakeup => "lost wakeup",
        Verdict::BusyWait => "busy wait",
        Verdict::Livelock => "livelock",
        Verdict::EndlessLoop => "endless loop",
        Verdict::Starvation => "starvation",
        Verdict::NotParallel => "not parallel",
        Verdict::Crash => "crash",
        Verdict::TimeOut => "time-out",
        Verdict::Limit => "over a limit",
        Verdict::DoesNotCompile => "does not compile",
        Verdict::Contract => "contract broken",
        Verdict::TooLarge => "too large to search",
        Verdict::Forbidden => "not allowed",
        Verdict::NotSubmitted => "not submitted",
        Verdict::GraderFault => "the grader failed",
    }
}

/// A world, as in `searching: rlock nests (model)`.
pub(super) fn world(world: World) -> &'static str {
    match world {
        World::Model => "model",
        World::Native => "native",
        World::Compile => "compile",
    }
}

/// The verdict column of the score table.
pub(super) fn standing(verdicts: &[Verdict]) -> String {
    let fault = verdicts.contains(&Verdict::GraderFault);
    let failed: Vec<&Verdict> = verdicts
        .iter()
        .filter(|verdict| !verdict.is_pass() && **verdict != Verdict::GraderFault)
        .collect();
    let Some(first) = failed.first() else {
        return if fault { verdict(Verdict::GraderFault) } else { "solved" }.to_owned();
    };
    let same = failed.iter().all(|verdict| verdict == first);
    if same && failed.len() == verdicts.len() {
        return verdict(**first).to_owned();
    }
    let others = if same { "" } else { " and others" };
    format!("{}{others}: {} of {} fail", verdict(**first), failed.len(), verdicts.len())
}

/// `line 31`.
pub(super) fn line(line: u32) -> String {
    format!("line {line}")
}

/// `0/2`.
pub(super) fn fraction(points: u32, max: u32) -> String {
    format!("{points}/{max}")
}

/// `0 of 2 points`.
pub(super) fn points(points: u32, max: u32) -> String {
    format!("{points} of {}", count(max.into(), "point"))
}

/// How a schedule is seen again, as a command.
pub(super) fn replay_command(exercise: &str, token: &str, submission: Option<&str>) -> String {
    let submission = submission.map(|path| format!(" --submission {path}")).unwrap_or_default();
    format!("cargo run -p grader -- replay {exercise} {token}{submission}")
}

/// How one exercise is graded alone, as a command.
pub(super) fn grade_command(exercise: &str, submission: Option<&str>) -> String {
    let submission = submission.map(|path| format!(" --submission {path}")).unwrap_or_default();
    format!("cargo run -p grader -- grade {exercise}{submission}")
}

/// Label of the command that shows the schedule again.
pub(super) const SAME_AGAIN: &str = "Replay:";
/// Label of the path where the hints are.
pub(super) const HINTS: &str = "Hints:";
/// Label of the page that explains an exercise's answers.
pub(super) const EXPLAINED: &str = "Explained:";
/// Label of the file to edit.
pub(super) const FILE: &str = "Your file:";
/// Label of the path where the task is told.
pub(super) const TASK: &str = "Task:";
/// Label of the checks that failed for the same cause.
pub(super) const SAME_CAUSE: &str = "Same cause:";

/// What stands before the failing run's own output.
pub(super) const OUTPUT: &str = "What it printed:";

/// What stands before a transcript that differs from its snapshot.
pub(super) const TRANSCRIPT: &str = "The difference:";

/// In the column of a thread that could have gone on.
pub(super) const PREEMPTED: &str = "┄ preempted";
/// In the column of a thread that can never go on.
pub(super) const STUCK: &str = "waits for ever";

/// Below a row: the same steps again and again.
pub(super) fn again(rows: usize, times: Option<u64>) -> String {
    let what = if rows == 1 { "the same step".to_owned() } else { format!("these {rows} steps") };
    match times {
        Some(1) => format!("{what} once more"),
        Some(times) => format!("{what} {times} times more"),
        None => format!("{what} again and again"),
    }
}

/// Below a row: other threads do the same.
pub(super) fn others(threads: u64) -> String {
    match threads {
        1 => "another thread does the same".to_owned(),
        _ => format!("{} do the same", count(threads, "other thread")),
    }
}

/// In place of their names: so many threads can never go on.
pub(super) fn others_stuck(threads: usize) -> String {
    format!("{} wait for ever", count(threads as u64, "other thread"))
}

/// Below a whole schedule: it was too long to be kept.
pub(super) fn dropped(steps: u64) -> String {
    format!("{} from the middle were not kept.", count(steps, "step"))
}

/// An exercise that was not graded.
pub(super) fn left_out(id: &str) -> String {
    format!(
        "The exercise `{id}` is unfinished or broken and was left out: `verify {id}` says what is wrong."
    )
}

/// `8 of 10 checks pass. --all tells of every failure.`
pub(super) fn standing_of(passed: usize, all: usize, more: bool) -> String {
    let more = if more { " `--all` explains every failure." } else { "" };
    let pass = if all == 1 { "passes" } else { "pass" };
    format!("{passed} of {} {pass}.{more}", count(all as u64, "check"))
}

/// Lines of output or of diagnostics that were not shown.
pub(super) fn lines_left_out(lines: usize) -> String {
    format!("({} left out)", count(lines as u64, "line"))
}

/// The last lines when every point was earned.
pub(super) fn all_solved(score: u32, exercises: usize, schedules: u64) -> String {
    let what = match exercises {
        1 => "Every check passes".to_owned(),
        _ => format!("All {} are solved", count(exercises as u64, "exercise")),
    };
    let tried = match schedules {
        0 => String::new(),
        _ => format!(
            ", and {} could not break {}",
            count(schedules, "schedule"),
            if exercises == 1 { "it" } else { "them" }
        ),
    };
    format!("{}. {what}{tried}. Well done.", points(score, score))
}

/// Above the diff of a wrong answer, shown to a learner who has solved the exercise.
pub(super) fn mistake(fault: &str) -> String {
    format!("One mistake that is easily made here, as a change to a right answer: {fault}")
}

/// Below that diff.
pub(super) const MORE_MISTAKES: &str =
    "Why this breaks, other mistakes, and other ways to solve the exercise:";

/// The score, when some points are missing.
pub(super) fn score(score: u32, max: u32) -> String {
    format!("Score: {}.", points(score, max))
}

/// The score, where some points could not be graded.
pub(super) fn score_so_far(score: u32, max: u32, ungraded: u32) -> String {
    format!(
        "Score so far: {}; {} could not be graded.",
        points(score, max),
        count(ungraded.into(), "point")
    )
}

/// What to do next: begin an exercise, or go on with it.
pub(super) fn next(number: u32, title: &str, is_new: bool) -> String {
    if is_new {
        format!("Next: {number:02} {title}. Read the task, edit the file, then grade it:")
    } else {
        format!("You are at {number:02} {title}. To grade it alone:")
    }
}

/// Said where nothing was graded.
pub(super) const NOTHING: &str = "There is no exercise to grade.";

/// Said of an exercise for which the submission brings no file.
pub(super) const NOT_SUBMITTED: &str = "The submission brings no answer to this exercise.";

/// Said above the reasons why an answer was not even compiled.
pub(super) const REFUSED: &str = "This was not compiled, because the course does not allow it:";

/// Said above rustc's own words.
pub(super) const NOT_COMPILED: &str = "rustc does not accept this, so no check could run:";

/// What the course's `std` leaves out and why.
pub(super) fn missing_std(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
    let (is, it) = if items.len() == 1 { ("is", "it") } else { ("are", "them") };
    format!(
        "{} {is} not in this course's `std`. The grader compiles your file against a `std` of its \
         own, whose threads it can schedule and whose clock it can turn. Files, processes, the \
         environment and the network are left out of it: a check cannot be repeated if the answer \
         depends on the machine. `sync`, `thread`, `time`, `collections`, `cell`, `rc`, `fmt` and \
         `io`'s traits are there. Solve it without {it}.",
        list(&items)
    )
}

/// The heading over the checks that the grader could not grade.
pub(super) const FAULT_TITLE: &str = "The grader itself failed here";

/// Said of the checks that the grader could not grade.
pub(super) const FAULT: &str = "This is not about your answer. These checks could not be graded, \
    and the points for them are neither earned nor lost for good: run the grader again, and if it \
    fails again, report it with the text below.";

/// Said where a schedule was run again and did not fail.
pub(super) const REPLAY_PASSES: &str = "This schedule does not break the answer (any more).";

/// Said where a replay left no steps to show.
pub(super) const REPLAY_EMPTY: &str = "There are no steps to show.";

/// The verdict column for an exercise that fails only at `todo!()`.
pub(super) const NOT_BEGUN: &str = "not begun";
/// The verdict of a check that ran into a `todo!()`.
pub(super) const TODO: &str = "to be written";

/// While the compiler is at work.
pub(super) fn building(done: usize, total: usize) -> String {
    if done < total {
        format!("building {} of {total}", done + 1)
    } else {
        format!("built {done} of {total}")
    }
}

/// While a check runs.
pub(super) fn searching(
    exercise: &str,
    check: &str,
    world: World,
    done: usize,
    total: usize,
) -> String {
    let now = (done + 1).min(total);
    format!("searching: {exercise} {check} ({}), {now} of {total}", self::world(world))
}

/// Said of an exercise that fails only at `todo!()`.
pub(super) fn not_begun(checks: usize, place: &str) -> String {
    let checks = match checks {
        1 => "Its only check stops".to_owned(),
        _ => format!("All {} stop", count(checks as u64, "check")),
    };
    let first = if place.is_empty() { String::new() } else { format!(", the first at {place}") };
    format!("Not begun: {}{} at a `todo!()`{first}.", checks[..1].to_lowercase(), &checks[1..])
}
