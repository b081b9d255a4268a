//! The authors' check: do the course's own answers get the verdicts that they should?
//!
//! A grader is as good as the wrong answers that it finds wrong and the right ones that it lets
//! pass. Both are kept in `solutions/`, and all of them are graded here.

use crate::course::{Course, EXPLAINED, Exercise, Kind, Problems, Solution};
use crate::exit::Code;
use crate::generated::{self, Refreshed};
use crate::graded::{Facts, GradedCheck, World};
use crate::pipeline::{Grade, Pipeline, Reach};
use crate::source::Source;
use crate::submission::Answer;
use crate::verdict::Verdict;
use anyhow::Context;
use record::Failure;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What came of an exercise's answers.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The exercise's folder name.
    pub id: String,
    /// Its answers.
    pub answers: Vec<Rated>,
    /// What is not true in its documents.
    pub documents: Vec<String>,
}

/// How to verify.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// The answers in `exercises/` must be the starters.
    pub pristine: bool,
    /// Run everything so often, and compare the runs. At least once.
    pub repeat: u32,
    /// Write what is out of date in documents.
    pub bless: bool,
}

/// What came of one answer.
#[derive(Clone, Debug)]
pub struct Rated {
    /// Such as `wrong/anyone_may_release`.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// Points earned.
    pub score: u32,
    /// Points to be had.
    pub max_score: u32,
    /// How it differs from what it should be. Empty where all is well.
    pub complaints: Vec<String>,
    /// The grader itself failed on it.
    pub fault: bool,
}

/// The answers in `solutions/` for `exercises`, ready to be graded in one go.
pub struct Book<'c> {
    exercises: Vec<&'c Exercise>,
    solutions: Vec<Vec<Solution>>,
    answers: Vec<Answer<'c>>,
}

impl<'c> Book<'c> {
    /// Read the answers for `exercises`. `shown` names a file as the user would.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(
        course: &'c Course,
        exercises: Vec<&'c Exercise>,
        shown: impl Fn(&Path) -> PathBuf,
    ) -> Result<Self, Problems> {
        let solutions = course.solutions(&exercises)?;
        let mut answers = Vec::new();
        for (exercise, solutions) in exercises.iter().zip(&solutions) {
            let file = explained(course, exercise);
            let text = fs::read_to_string(file).unwrap_or_default();
            answers.extend(solutions.iter().map(|solution| Answer {
                exercise,
                label: Some(solution.label.clone()),
                shown_as: shown(&solution.path),
                source: Source::Text(solution.text.clone()),
                wanted: wanted(solution, &text),
            }));
        }
        Ok(Self { exercises, solutions, answers })
    }

    /// Grade all of them and compare with what they should get.
    ///
    /// # Errors
    /// Only what is the grader's or the machine's fault.
    pub fn verify(&self, pipeline: &mut Pipeline<'_>, wish: Wish) -> anyhow::Result<Vec<Verified>> {
        let grades = self.grade(pipeline)?;
        let mut differences = vec![Vec::new(); grades.len()];
        for _ in 1..wish.repeat {
            // What is remembered would be the same for certain.
            pipeline.cache = None;
            for (index, again) in self.grade(pipeline)?.iter().enumerate() {
                differences[index].extend(compare(&grades[index], again));
            }
        }
        let mut rated = grades.iter().zip(differences);
        let mut left = grades.iter();
        let mut verified = Vec::new();
        for (exercise, solutions) in self.exercises.iter().zip(&self.solutions) {
            let mut answers: Vec<_> = solutions
                .iter()
                .zip(rated.by_ref())
                .map(|(solution, (grade, differences))| rate(solution, grade, differences))
                .collect();
            if wish.pristine
                && let Some(starter) = solutions.iter().position(|s| s.kind == Kind::Starter)
                && fs::read_to_string(exercise.answer_path())? != solutions[starter].text
            {
                let file = format!("exercises/{}/src/lib.rs", exercise.id);
                answers[starter].complaints.push(format!("{file} is not this file"));
            }
            let labels = solutions.iter().map(|solution| solution.label.as_str());
            let graded: Vec<_> = labels.zip(left.by_ref().map(|grade| &grade.exercise)).collect();
            let file = explained(pipeline.course, exercise);
            let explain = |text: &str| generated::explanation(text, &graded);
            let documents = refresh(&file, EXPLAINED, wish.bless, explain)?;
            verified.push(Verified { id: exercise.id.clone(), answers, documents });
        }
        Ok(verified)
    }
}

impl Book<'_> {
    /// Grade all of them, in the order in which they were read. Wrong answers are graded in the model
    /// first, and only what is still open then is built for other worlds as well.
    fn grade(&self, pipeline: &mut Pipeline<'_>) -> anyhow::Result<Vec<Grade>> {
        let mut grades: Vec<Option<Grade>> = self.answers.iter().map(|_| None).collect();
        let in_part = |index: &usize| self.answers[*index].wanted.is_some();
        let (parts, mut whole): (Vec<_>, Vec<_>) = (0..grades.len()).partition(in_part);
        pipeline.reach = Reach::In(World::Model);
        let in_model = pipeline.grade(&self.some(&parts));
        pipeline.reach = Reach::Full;
        for (index, grade) in parts.into_iter().zip(in_model?) {
            if is_decided(&self.answers[index], &grade) {
                grades[index] = Some(grade);
            } else {
                whole.push(index);
            }
        }
        for (index, grade) in whole.iter().zip(pipeline.grade(&self.some(&whole))?) {
            grades[*index] = Some(grade);
        }
        Ok(grades.into_iter().flatten().collect())
    }

    fn some(&self, indices: &[usize]) -> Vec<Answer<'_>> {
        indices.iter().map(|index| self.answers[*index].clone()).collect()
    }
}

/// Whether the model alone has said what there is to say of every wanted check.
fn is_decided(answer: &Answer<'_>, grade: &Grade) -> bool {
    let decided = |name: &String| {
        let check = answer.exercise.checks.iter().find(|check| check.name == *name);
        let graded = grade.exercise.checks.iter().find(|check| check.name == *name);
        graded.is_some_and(|graded| {
            graded.verdict.is_failure() || check.is_some_and(|c| c.worlds == [World::Model])
        })
    };
    grade.exercise.compile_error.is_none() && answer.wanted.iter().flatten().all(decided)
}

/// The checks to run on an answer: those that its author declares, and those that the explanation
/// (`text`) shows. All of them for an answer that is right, or of which nothing is declared but that
/// it has not full marks.
fn wanted(solution: &Solution, text: &str) -> Option<BTreeSet<String>> {
    let is_caught = solution.expect.values().any(|verdict| !verdict.is_pass());
    if solution.kind != Kind::Wrong || !is_caught {
        return None;
    }
    let shown = generated::pictured(text).filter(|(label, _)| *label == solution.label);
    let shown = shown.map(|(_, check)| check.to_owned());
    Some(solution.expect.keys().cloned().chain(shown).collect())
}

fn explained(course: &Course, exercise: &Exercise) -> PathBuf {
    course.root.join("solutions").join(&exercise.id).join(EXPLAINED)
}

/// The course's README, which maps the exercises if it has room for a map.
///
/// # Errors
/// Only what is the machine's fault.
pub fn readme(course: &Course, wish: Wish) -> anyhow::Result<Option<Verified>> {
    let file = course.root.join(README);
    let has_map = fs::read_to_string(&file).is_ok_and(|text| generated::has_map(&text));
    if !has_map {
        return Ok(None);
    }
    let documents = refresh(&file, README, wish.bless, |text| generated::readme(text, course))?;
    Ok(Some(Verified { id: README.to_owned(), answers: Vec::new(), documents }))
}

const README: &str = "README.md";

/// What is not as it should be in the document `file`, called `name`, once what is out of date was
/// written anew, if it may be.
fn refresh(
    file: &Path,
    name: &str,
    bless: bool,
    make: impl Fn(&str) -> Refreshed,
) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let Refreshed { text: fresh, stale, wrong } = make(&text);
    let mut complaints: Vec<_> = wrong.iter().map(|wrong| format!("{name}, {wrong}")).collect();
    if bless && fresh != text {
        fs::write(file, fresh).with_context(|| format!("writing {}", file.display()))?;
    } else {
        let stale = stale.iter();
        complaints
            .extend(stale.map(|stale| format!("{name}, {stale}: `verify --bless` writes it")));
    }
    Ok(complaints)
}

/// How a verification ends.
pub fn code(verified: &[Verified]) -> Code {
    let answers = || verified.iter().flat_map(|exercise| &exercise.answers);
    if answers().any(|answer| answer.fault) {
        Code::Fault
    } else if answers().any(|answer| !answer.complaints.is_empty())
        || verified.iter().any(|exercise| !exercise.documents.is_empty())
    {
        Code::NotFull
    } else {
        Code::FullMarks
    }
}

/// Write a line for each answer, and below it how it differs from what it should be.
///
/// # Errors
/// `out` cannot be written.
pub fn write(verified: &[Verified], out: &mut dyn Write) -> io::Result<()> {
    let answers = || verified.iter().flat_map(|exercise| &exercise.answers);
    let width = answers().map(|answer| answer.label.len()).max().unwrap_or_default();
    for exercise in verified {
        writeln!(out, "{}", exercise.id)?;
        for Rated { label, kind, score, max_score, complaints, .. } in &exercise.answers {
            let mark = if complaints.is_empty() { "ok" } else { "NOT AS IT SHOULD BE" };
            let result = match kind {
                // Not all of its checks were run.
                Kind::Wrong if complaints.is_empty() => "caught".to_owned(),
                Kind::Wrong => "-".to_owned(),
                Kind::Starter | Kind::Right => format!("{score} of {max_score}"),
            };
            writeln!(out, "  {label:width$}  {result:>8}  {mark}")?;
            for complaint in complaints {
                writeln!(out, "      {}", complaint.replace('\n', "\n      "))?;
            }
        }
        for complaint in &exercise.documents {
            writeln!(out, "  {complaint}")?;
        }
        writeln!(out)?;
    }
    let documents: usize = verified.iter().map(|exercise| exercise.documents.len()).sum();
    if documents > 0 {
        writeln!(out, "Not true in the documents: {documents}.")?;
    }
    let good = |kind: Kind| {
        let of_kind = || answers().filter(move |answer| answer.kind == kind);
        (of_kind().filter(|answer| answer.complaints.is_empty()).count(), of_kind().count())
    };
    let (passed, right) = good(Kind::Right);
    let (caught, wrong) = good(Kind::Wrong);
    writeln!(out, "Right answers passed: {passed} of {right}.")?;
    writeln!(out, "Wrong answers caught: {caught} of {wrong}.")?;
    let bad = answers().filter(|answer| !answer.complaints.is_empty()).count();
    match bad {
        0 => writeln!(out, "All {} answers get what they should.", answers().count()),
        1 => writeln!(out, "1 of {} answers does not get what it should.", answers().count()),
        bad => writeln!(out, "{bad} of {} answers do not get what they should.", answers().count()),
    }
}

fn rate(solution: &Solution, grade: &Grade, differences: Vec<String>) -> Rated {
    let exercise = &grade.exercise;
    let (score, max_score) = (exercise.score(), exercise.max_score());
    let mut complaints = Vec::new();
    // One complaint, and not one for each check.
    let unbuilt = |check: &GradedCheck| matches!(check.facts, Facts::NotBuilt);
    if let Some(error) = &exercise.compile_error
        && !solution.expect.values().any(|verdict| *verdict == Verdict::DoesNotCompile)
    {
        complaints.push(format!("it does not compile: {}", error.rendered.trim()));
    }
    for check in exercise.checks.iter().filter(|check| !unbuilt(check)) {
        let expected = match solution.kind {
            Kind::Right => Some(&Verdict::Pass),
            Kind::Starter | Kind::Wrong => solution.expect.get(&check.name),
        };
        if let Some(expected) = expected.filter(|expected| **expected != check.verdict) {
            complaints.push(format!(
                "`{}` should be {expected}, and is {}",
                check.name,
                found(check)
            ));
        } else if check.verdict == Verdict::GraderFault {
            complaints.push(format!("`{}` is {}", check.name, found(check)));
        }
    }
    if solution.kind != Kind::Right && score == max_score {
        complaints.push("it has full marks".to_owned());
    }
    complaints.extend(grade.warnings.iter().map(|warning| format!("rustc: {}", warning.trim())));
    complaints.extend(differences);
    let fault = exercise.checks.iter().any(|check| check.verdict == Verdict::GraderFault);
    let (label, kind) = (solution.label.clone(), solution.kind);
    Rated { label, kind, score, max_score, complaints, fault }
}

/// The verdict, the world, and in a few words why.
fn found(check: &GradedCheck) -> String {
    let world = check.world.map(|world| format!(" ({})", world.name())).unwrap_or_default();
    let why = match &check.facts {
        Facts::Fault(why) | Facts::ContractBroken(why) => format!(": {why}"),
        Facts::Died(exit) => format!(": {exit:?}"),
        Facts::Refused(refusals) => {
            refusals.first().map(|refusal| format!(": {}", refusal.message)).unwrap_or_default()
        }
        Facts::Ended(outcome) => match &outcome.failure {
            Some(Failure::Panicked { panic, .. }) => format!(": {}", panic.message),
            Some(Failure::Refused { message, .. }) => format!(": {message}"),
            _ => String::new(),
        },
        Facts::NotBuilt | Facts::NotSubmitted => String::new(),
    };
    format!("{}{world}{why}", check.verdict)
}

/// What must be the same each time: the verdict, and where a schedule was found, which one.
fn compare(first: &Grade, again: &Grade) -> Vec<String> {
    let differs = |(a, b): (&GradedCheck, &GradedCheck)| {
        let same = a.verdict == b.verdict && a.world == b.world && a.replay == b.replay;
        (!same || searched(a) != searched(b)).then(|| {
            let one = format!("{}, {} schedules", found(a), searched(a));
            let other = format!("{}, {} schedules", found(b), searched(b));
            format!("`{}` is not the same each time: {one}; then {other}", a.name)
        })
    };
    first.exercise.checks.iter().zip(&again.exercise.checks).filter_map(differs).collect()
}

/// Schedules that the model ran.
fn searched(check: &GradedCheck) -> u64 {
    let in_model = check.coverage.iter().find(|(world, _)| *world == World::Model);
    in_model.map_or(0, |(_, coverage)| coverage.schedules())
}
