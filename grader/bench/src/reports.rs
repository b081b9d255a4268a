//! The reports that a learner reads on each wrong answer of the course: how long they are, whether
//! they name the learner's own lines, and whether they say the same thing twice.
//!
//! Results that `verify` has left are used, so run it before: then only the checks that fail without a
//! schedule run again, which takes minutes instead of hours.

use anyhow::Context;
use grader::cache::Cache;
use grader::course::{Course, Exercise, Kind, Solution};
use grader::explanation::timeline::RowMark;
use grader::explanation::{Explanation, explain};
use grader::extent::Extent;
use grader::graded::{Facts, Graded, GradedExercise};
use grader::job::WorldLimits;
use grader::layout::Layout;
use grader::pipeline::Pipeline;
use grader::progress::Event;
use grader::report::{self, ReportOptions};
use grader::source::Source;
use grader::submission::Answer;
use grader::world::World;
use record::{Decisive, Failure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// The number of reports listed individually, the longest first, and of checks, the slowest first.
const WORST: usize = 12;

/// An execution of more steps than this cannot be repeated often enough to find a decisive step: five
/// times in each of 18 rounds.
const LONG: u64 = 3_000_000 / 5 / 18;

/// A verdict, and the learner's lines that are marked.
type Cause = (String, BTreeSet<u32>);

/// Which of the lists of checks in the measurements for one answer.
type Names = fn(&Measured) -> &Vec<String>;

/// The measurements for one answer.
struct Measured {
    answer: String,
    /// Lines in its report, as shown on a terminal of 80 columns.
    lines: usize,
    /// Rows in the largest timeline.
    rows: usize,
    /// The number of failing checks.
    failed: usize,
    /// Failing checks whose explanation names none of the learner's lines although learner code
    /// ran.
    without_own_line: Vec<String>,
    /// Pairs of checks that are explained separately but cite the same lines with the same verdict.
    told_twice: Vec<String>,
    /// Failing checks with a decisive step that the timeline does not show, shows too late, or shows at
    /// another line than the one that is marked with it.
    misplaced: Vec<String>,
    /// Failing checks whose executions are too long for a decisive step to be looked for.
    too_long: Vec<String>,
    /// Failing checks that behaved differently when their schedule was run again, with tracing.
    nondeterministic: Vec<String>,
}

/// Grades every wrong answer of `exercises` and prints figures about the reports. The texts are
/// written to `target/reports/`, so that they can be read.
pub fn measure(root: &Path, course: &Course, exercises: &[&Exercise]) -> anyhow::Result<()> {
    let folder = root.join("target/reports");
    fs::create_dir_all(&folder)?;
    let slowest = Mutex::new(Vec::new());
    let mut all = Vec::new();
    for exercise in exercises {
        let solutions = course.solutions(&[exercise]).map_err(anyhow::Error::msg)?;
        for graded in grade(root, course, exercise, &solutions[0], &slowest)? {
            let name = graded.answer_path.file_stem().unwrap_or_default().to_string_lossy();
            let answer = format!("{}/{name}", exercise.id);
            let text = text(&graded)?;
            fs::write(folder.join(format!("{}.txt", answer.replace('/', "--"))), &text)?;
            all.push(of(answer, &graded, &text));
        }
    }
    print(&mut all);
    let mut slowest = slowest.into_inner().unwrap_or_default();
    slowest.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    println!("  the slowest checks:");
    for (took, check) in slowest.iter().take(WORST) {
        println!("    {:>5.1} s  {check}", took.as_secs_f64());
    }
    println!("  the texts of the reports are in {}", folder.display());
    println!();
    Ok(())
}

fn grade<'c>(
    root: &Path,
    course: &'c Course,
    exercise: &'c Exercise,
    solutions: &[Solution],
    slowest: &Mutex<Vec<(Duration, String)>>,
) -> anyhow::Result<Vec<GradedExercise>> {
    let wrong = solutions.iter().filter(|solution| solution.kind == Kind::Wrong);
    let answers: Vec<Answer<'c>> = wrong
        .map(|solution| Answer {
            exercise,
            label: Some(solution.label.clone()),
            shown_as: solution.path.strip_prefix(root).unwrap_or(&solution.path).to_owned(),
            source: Source::Text(solution.text.clone()),
            changed: None,
            wanted: None,
        })
        .collect();
    let listener = |event: Event<'_>| {
        if let Event::Checked { answer, check, world, took } = event
            && let Ok(mut slowest) = slowest.lock()
        {
            let answer = answers.get(answer).map(|answer| answer.shown_as.display());
            let answer = answer.map(|path| path.to_string()).unwrap_or_default();
            slowest.push((took, format!("{answer}: {check} ({})", world.name())));
        }
    };
    let layout = &Layout::of(root);
    let limits = WorldLimits::default();
    let with = |cache| Pipeline {
        course,
        layout,
        limits,
        cache,
        listener: &listener,
        purpose: "reports",
        extent: Extent::Full,
        looks_again: true,
    };
    // `verify` has left its results, but it does not look where an answer hangs or crashes.
    let known = with(Some(Cache::open(layout, &limits)?)).known(&answers)?;
    let to_grade = |(answer, known): (&Answer<'c>, &Option<GradedExercise>)| {
        let wanted = known.as_ref().map(|known| names_to_look_at(known));
        let is_known = wanted.as_ref().is_some_and(BTreeSet::is_empty);
        (!is_known).then(|| Answer { wanted, ..answer.clone() })
    };
    let again: Vec<Answer<'_>> = answers.iter().zip(&known).filter_map(to_grade).collect();
    let mut graded = with(None).grade(&again)?.into_iter().map(|grade| grade.exercise);
    let mut all = Vec::new();
    for known in known {
        let is_known = known.as_ref().is_some_and(|it| names_to_look_at(it).is_empty());
        all.push(match known {
            Some(known) if is_known => known,
            Some(mut known) => {
                let looked_at = graded.next().context("an answer was not graded")?;
                for check in looked_at.checks {
                    let place = known.checks.iter().position(|it| it.name == check.name);
                    known.checks[place.context("a check is new")?] = check;
                }
                known
            }
            None => graded.next().context("an answer was not graded")?,
        });
    }
    Ok(all)
}

/// The checks about which a learner's run would find out more: those that fail without a schedule.
fn names_to_look_at(known: &GradedExercise) -> BTreeSet<String> {
    let failed = known.checks.iter().filter(|check| !check.verdict.is_pass());
    let unseen = failed.filter(|check| match &check.facts {
        Facts::Ended(outcome) => outcome.trace.is_none() && !outcome.nondeterministic,
        Facts::Died(_) => true,
        _ => false,
    });
    unseen.map(|check| check.name.clone()).collect()
}

fn text(graded: &GradedExercise) -> anyhow::Result<String> {
    let mut out = Vec::new();
    let graded = Graded::from(vec![graded.clone()]);
    report::write(&graded, &ReportOptions::default(), &mut out)?;
    String::from_utf8(out).context("a report is text")
}

fn of(answer: String, graded: &GradedExercise, text: &str) -> Measured {
    let explanations = explain(graded);
    let told: Vec<(&str, &Explanation)> = graded
        .checks
        .iter()
        .zip(&explanations)
        .filter_map(|(check, explanation)| Some((check.name.as_str(), explanation.as_ref()?)))
        .collect();
    let without = told.iter().filter(|(_, it)| it.ran_own_code && !it.has_own_line());
    let without_own_line = without.map(|(name, _)| (*name).to_owned()).collect();
    let misplaced = graded.checks.iter().zip(&explanations).filter_map(|(check, explanation)| {
        let Facts::Ended(outcome) = &check.facts else { return None };
        let rows = &explanation.as_ref()?.timeline.rows;
        let searched = check.world == Some(World::Model) && !rows.is_empty();
        let lost = matches!(outcome.decisive, Some(Decisive::Step(_)));
        let any = outcome.decisive == Some(Decisive::Start);
        let round =
            matches!(outcome.failure, Some(Failure::Livelock { .. } | Failure::BusyWait { .. }));
        let decisive = rows.iter().position(|row| row.mark == RowMark::Decisive);
        let failure = rows.iter().position(|row| row.mark == RowMark::Failure);
        let late = decisive.zip(failure).is_some_and(|(decisive, failure)| decisive > failure);
        let missing = (lost || !any) && decisive.is_none() && !round;
        // The line that is marked with it, if one is, must be that of the row.
        let mut marks = explanation
            .as_ref()?
            .marks
            .iter()
            .filter(|mark| mark.labels.iter().any(|label| label.contains("(►)")));
        let elsewhere = decisive.is_some_and(|at| {
            marks.next().is_some_and(|mark| rows[at].line.is_some_and(|line| line != mark.line))
        });
        let is_long = outcome.decisive.is_none() && explanation.as_ref()?.timeline.steps > LONG;
        (searched && (missing || late || elsewhere)).then(|| (is_long, check.name.clone()))
    });
    let (too_long, misplaced): (Vec<_>, Vec<_>) = misplaced.partition(|(is_long, _)| *is_long);
    let names = |checks: Vec<(bool, String)>| -> Vec<String> {
        checks.into_iter().map(|(_, name)| name).collect()
    };
    let differs = graded
        .checks
        .iter()
        .filter(|check| matches!(&check.facts, Facts::Ended(outcome) if outcome.nondeterministic));
    Measured {
        nondeterministic: differs.map(|check| check.name.clone()).collect(),
        lines: text.lines().count(),
        rows: told.iter().map(|(_, it)| it.timeline.rows.len()).max().unwrap_or(0),
        failed: told.len(),
        without_own_line,
        told_twice: told_twice(graded, &explanations),
        misplaced: names(misplaced),
        too_long: names(too_long),
        answer,
    }
}

/// Pairs of checks that are explained separately although they fail with the same verdict on the
/// same lines.
fn told_twice(graded: &GradedExercise, explanations: &[Option<Explanation>]) -> Vec<String> {
    // Without a schedule, a line at which nothing fails is marked only because nothing better is known.
    let own = |it: &Explanation| {
        let is_cause = !it.timeline.rows.is_empty();
        let marks = it.marks.iter().filter(|mark| mark.own && (mark.fails || is_cause));
        marks.map(|mark| mark.line).collect::<BTreeSet<u32>>()
    };
    let mut causes: BTreeMap<Cause, Vec<(String, &Explanation)>> = BTreeMap::new();
    for (check, explanation) in graded.checks.iter().zip(explanations) {
        let Some(explanation) = explanation else { continue };
        let lines = own(explanation);
        if !lines.is_empty() {
            let cause = (check.verdict.to_string(), lines);
            causes.entry(cause).or_default().push((check.name.clone(), explanation));
        }
    }
    let mut twice = Vec::new();
    for same in causes.values() {
        let (first, of_first) = &same[0];
        let apart = same[1..].iter().filter(|(name, _)| !of_first.same_cause.contains(name));
        twice.extend(apart.map(|(name, _)| format!("{first} = {name}")));
    }
    twice
}

fn print(all: &mut [Measured]) {
    println!("Reports on {} wrong answers, 80 columns wide", all.len());
    all.sort_by_key(|measured| std::cmp::Reverse(measured.lines));
    let at = |share: usize| {
        let index = (all.len() * (100 - share) / 100).min(all.len().saturating_sub(1));
        all.get(index).map_or(0, |measured| measured.lines)
    };
    println!("  lines: median {}, 95 % within {}, longest {}", at(50), at(95), at(100));
    println!("  most rows in a timeline: {}", all.iter().map(|it| it.rows).max().unwrap_or(0));
    let failed: usize = all.iter().map(|it| it.failed).sum();
    let sum = |of: fn(&Measured) -> usize| all.iter().map(of).sum::<usize>();
    println!("  failing checks: {failed}");
    println!("    naming none of the learner's lines: {}", sum(|it| it.without_own_line.len()));
    println!("    explained twice: {}", sum(|it| it.told_twice.len()));
    println!("    decisive step missing, too late or elsewhere: {}", sum(|it| it.misplaced.len()));
    println!("    too long to look for a decisive step: {}", sum(|it| it.too_long.len()));
    println!("    not deterministic: {}", sum(|it| it.nondeterministic.len()));
    println!("  the longest:");
    for measured in all.iter().take(WORST) {
        println!("    {:>4}  {}", measured.lines, measured.answer);
    }
    let list = |title: &str, of: Names| {
        let found: Vec<&Measured> = all.iter().filter(|it| !of(it).is_empty()).collect();
        if !found.is_empty() {
            println!("  {title}:");
        }
        for measured in found.iter().take(WORST) {
            println!("    {}: {}", measured.answer, of(measured).join(", "));
        }
    };
    list("naming none of the learner's lines", |it| &it.without_own_line);
    list("explained twice", |it| &it.told_twice);
    list("decisive step missing, too late or elsewhere", |it| &it.misplaced);
    list("too long to look for a decisive step", |it| &it.too_long);
    list("not deterministic", |it| &it.nondeterministic);
}
