//! The words around the explanations: verdicts, points, headings, what to do next.
//!
//! What is said about a failure comes from the [`explanation`](crate::explanation).

use super::options::Controls;
use crate::explanation::timeline::Thread;
use crate::explanation::words::verdict::verdict;
use crate::explanation::words::{count, list};
use crate::guide::State;
use crate::verdict::Verdict;
use crate::world::World;

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
    format!("{}{others}: {} of {} failed", verdict(**first), failed.len(), verdicts.len())
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

/// For a token that is too long to be printed.
pub(super) fn long_token(length: usize) -> String {
    format!("The token that replays this has {length} characters: `--format json` has it.")
}

/// The command that shows a schedule again.
pub(super) fn replay_command(exercise: &str, token: &str, submission: Option<&str>) -> String {
    let submission = submission.map(|path| format!(" --submission {path}")).unwrap_or_default();
    format!("cargo run -p grader -- replay {exercise} {token}{submission}")
}

/// The command that grades one exercise alone.
pub(super) fn grade_command(exercise: &str, submission: Option<&str>) -> String {
    let submission = submission.map(|path| format!(" --submission {path}")).unwrap_or_default();
    format!("cargo run -p grader -- grade {exercise}{submission}")
}

/// How to get a hint.
pub(super) fn hint(controls: Controls, exercise: &str) -> String {
    match controls {
        Controls::Commands => format!("cargo run -p grader -- hint {exercise}"),
        Controls::Keys => "press `h`".to_owned(),
    }
}

/// How to have an exercise graded.
pub(super) fn grading(controls: Controls, exercise: &str) -> String {
    match controls {
        Controls::Commands => grade_command(exercise, None),
        Controls::Keys => "save the file, or press `g`".to_owned(),
    }
}

/// The command that shows the solution, of an exercise that is solved or `anyway`.
pub(super) fn solution_command(exercise: &str, anyway: bool) -> String {
    let anyway = if anyway { " --anyway" } else { "" };
    format!("cargo run -p grader -- solution {exercise}{anyway}")
}

/// `hint 1 of 3`.
pub(super) fn hint_number(number: usize, of: usize) -> String {
    format!("hint {number} of {of}")
}

/// For an exercise without hints.
pub(super) const NO_HINTS: &str = "This exercise has no hints.";

/// Below the last hint.
pub(super) const LAST_HINT: &str = "That was the last hint. The solution is there if you need it, \
    but you learn more from an hour with the schedule that fails.";

/// Below the last hint, when it is given again.
pub(super) fn no_more_hints(exercise: &str) -> String {
    format!("You have seen all the hints. `hint {exercise} --all` shows them together.")
}

/// How far an exercise has come, in the list of exercises.
pub(super) fn state(state: State, is_current: bool) -> &'static str {
    match state {
        State::NotStarted if is_current => "next",
        State::NotStarted => "",
        State::NotGraded => "changed, not graded",
        State::Unsolved(_) => "begun",
        State::Solved => "solved",
    }
}

/// How far the learner has come in the course.
pub(super) fn course_standing(solved: usize, exercises: usize, score: u32, max: u32) -> String {
    let (are, of) = (if solved == 1 { "is" } else { "are" }, count(exercises as u64, "exercise"));
    format!("{solved} of {of} {are} solved: {}.", points(score, max))
}

/// Below the list of exercises: how to see what comes next.
pub(super) fn more_about(exercise: &str) -> String {
    format!("What to do next (`>`, {exercise}): cargo run -p grader -- next")
}

/// Label of the command that replays the schedule.
pub(super) const SAME_AGAIN: &str = "Replay:";
/// Label of the command that gives a hint.
pub(super) const HINTS: &str = "Hint:";
/// Label of the command that gives the next hint.
pub(super) const NEXT_HINT: &str = "Next hint:";
/// Label of the command that grades the exercise.
pub(super) const GRADE: &str = "Grade it:";
/// Label of the exercise's Python counterpart.
pub(super) const IN_PYTHON: &str = "In Python:";
/// Label of the exercises that an exercise builds on.
pub(super) const NEEDS: &str = "Builds on:";
/// Label of the page that explains an exercise's answers.
pub(super) const EXPLAINED: &str = "Explained:";
/// Label of the file to edit.
pub(super) const FILE: &str = "Your file:";
/// Label of the file that describes the task.
pub(super) const TASK: &str = "Task:";
/// Label of the checks that failed for the same cause.
pub(super) const SAME_CAUSE: &str = "Same cause:";

/// Stands before what the failing run itself printed.
pub(super) const OUTPUT: &str = "What it printed:";

/// Stands before the difference between a transcript and its snapshot.
pub(super) const TRANSCRIPT: &str = "The difference:";

/// In the column of a thread that could have continued.
pub(super) const PREEMPTED: &str = "┄ preempted";
/// In the column of a thread that can never continue.
pub(super) fn stuck(thread: &Thread) -> String {
    match &thread.joins {
        Some(joined) => format!("waits for {joined} to end"),
        None => "waits for ever".to_owned(),
    }
}

/// The place of a row whose function was called from `line`.
pub(super) fn called_from(line: u32, place: &str) -> String {
    format!("{line} › {place}")
}

/// In a thread's last row, if the thread ends before the next row.
pub(super) const ENDS: &str = "then ends";

/// Below a row: the same steps come again and again.
pub(super) fn again(rows: usize, times: Option<u64>, is_crowd: bool) -> String {
    let what = match rows {
        1 if is_crowd => "all of them".to_owned(),
        1 => "the same step".to_owned(),
        _ => format!("these {rows} steps"),
    };
    match times {
        Some(1) => format!("{what} once more"),
        Some(times) => format!("{what} {times} more times"),
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

/// In place of their names: this many threads can never continue.
pub(super) fn others_stuck(threads: usize) -> String {
    let wait = if threads == 1 { "waits" } else { "wait" };
    format!("{} {wait} for ever", count(threads as u64, "other thread"))
}

/// Below a whole schedule that was too long to be recorded in full.
pub(super) fn dropped(steps: u64) -> String {
    format!("{} from the middle were not recorded.", count(steps, "step"))
}

/// An exercise that was not graded.
pub(super) fn left_out(id: &str) -> String {
    format!(
        "The exercise `{id}` is unfinished or broken and was left out: `verify {id}` says what is wrong."
    )
}

/// Of a schedule, in `watch`.
pub(super) const REPLAY_KEYS: &str = "press `r` for the whole schedule, `b` to try another one";

/// `` 8 of 10 checks pass. `--all` explains every failure. ``
pub(super) fn standing_of(controls: Controls, passed: usize, all: usize, more: bool) -> String {
    let more = match (more, controls) {
        (false, _) => "",
        (true, Controls::Commands) => " `--all` explains every failure.",
        (true, Controls::Keys) => " `a` explains every failure.",
    };
    let pass = if all == 1 { "passes" } else { "pass" };
    format!("{passed} of {} {pass}.{more}", count(all as u64, "check"))
}

/// Lines of output or of diagnostics that were not shown.
pub(super) fn lines_left_out(lines: usize) -> String {
    format!("({} not shown)", count(lines as u64, "line"))
}

/// The last lines of a report in which every point was earned.
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
            if exercises == 1 { "the answer" } else { "the answers" }
        ),
    };
    format!("{}. {what}{tried}. Well done.", points(score, score))
}

/// Above the diff of a wrong answer, shown to a learner who has solved the exercise.
pub(super) fn mistake(fault: &str) -> String {
    format!("One mistake that is easily made here, shown as a change to a right answer: {fault}")
}

/// Below that diff.
pub(super) const MORE_MISTAKES: &str =
    "Why this breaks, other mistakes, and other ways to solve the exercise:";

/// The score of a report in which some points are missing. `given` are those that starters have as
/// they were handed out.
pub(super) fn score(score: u32, max: u32, given: u32) -> String {
    match given {
        0 => format!("Score: {}.", points(score, max)),
        _ if given == score => {
            format!("Score: {}, all from untouched starters.", points(score, max))
        }
        _ => format!("Score: {}, {given} of them from untouched starters.", points(score, max)),
    }
}

/// The score of a report in which some points could not be graded.
pub(super) fn score_so_far(score: u32, max: u32, ungraded: u32) -> String {
    format!(
        "Score so far: {}; {} could not be graded.",
        points(score, max),
        count(ungraded.into(), "point")
    )
}

/// What to do next: start an exercise, or continue with it.
pub(super) fn next(number: u32, title: &str, is_new: bool) -> String {
    if is_new {
        format!("Next: {number:02} {title}. Read the task, edit the file, then grade it:")
    } else {
        format!("You are on {number:02} {title}. To grade it alone:")
    }
}

/// The command that grades an exercise whenever it is saved.
pub(super) const WATCH: &str = "cargo run -p grader -- watch";
/// Said before that command.
pub(super) const OR_WATCH: &str = "Or have it graded whenever you save it:";

/// For a run that graded nothing.
pub(super) const NOTHING: &str = "There is no exercise to grade.";

/// For an exercise to which the submission contains no answer.
pub(super) const NOT_SUBMITTED: &str = "The submission contains no answer to this exercise.";

/// Stands above the reasons why an answer was not even compiled.
pub(super) const REFUSED: &str = "This was not compiled, because the course does not allow it:";

/// Stands above rustc's own diagnostics.
pub(super) const NOT_COMPILED: &str = "This does not compile, so no check could run. rustc says:";

/// What the course's `std` leaves out, and why.
pub(super) fn missing_std(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
    let (is, it) = if items.len() == 1 { ("is", "it") } else { ("are", "them") };
    format!(
        "{} {is} not in this course's `std`. The grader compiles your file against its own `std`, \
         whose threads it can schedule and whose clock it can set. Files, processes, the \
         environment and the network are left out, because a check cannot be repeated if the \
         answer depends on the machine. `sync`, `thread`, `time`, `collections`, `cell`, `rc`, \
         `fmt` and the traits of `io` are available. Solve the exercise without {it}.",
        list(&items)
    )
}

/// The heading over the checks that the grader could not grade.
pub(super) const FAULT_TITLE: &str = "The grader itself failed here";

/// Said of the checks that the grader could not grade.
pub(super) const FAULT: &str = "This is not about your answer. These checks could not be graded, \
    so their points are neither earned nor lost. Run the grader again; if it fails again, report \
    it with the text below.";

/// For a replayed schedule that does not fail.
pub(super) const REPLAY_PASSES: &str =
    "This schedule does not break the answer (or no longer does).";

/// For a replay that left no steps to show.
pub(super) const REPLAY_EMPTY: &str = "There are no steps to show.";

/// The verdict column of an exercise that fails only at `todo!()`.
pub(super) const NOT_BEGUN: &str = "not started";
/// The verdict of a check that ran into a `todo!()`.
pub(super) const TODO: &str = "not written";

/// Progress while the compiler is at work. `last` is the crate that it has compiled last.
pub(super) fn building(done: usize, total: usize, last: Option<&str>) -> String {
    if done < total {
        let last = last.map(|last| format!(" (compiled: {last})")).unwrap_or_default();
        format!("building {} of {total}{last}", done + 1)
    } else {
        format!("built {done} of {total}")
    }
}

/// Progress while a check runs.
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

/// The summary of an exercise that fails only at `todo!()`.
pub(super) fn not_begun(checks: usize, place: &str) -> String {
    let checks = match checks {
        1 => "Its only check stops".to_owned(),
        _ => format!("All {} stop", count(checks as u64, "check")),
    };
    let first = if place.is_empty() { String::new() } else { format!(", the first at {place}") };
    format!("Not started: {}{} at a `todo!()`{first}.", checks[..1].to_lowercase(), &checks[1..])
}
