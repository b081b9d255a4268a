//! An answer that does not end, or uses too much, fails only the checks that call it.

use crate::sandbox::Sandbox;
use grader::course::Course;
use grader::extent::Extent;
use grader::graded::{Exit, Facts, GradedExercise};
use grader::job::WorldLimits;
use grader::pipeline::Pipeline;
use grader::process::Limits;
use grader::source::Source;
use grader::submission::Answer;
use grader::verdict::Verdict::{self, Crash, Deadlock, DoesNotCompile, Limit, Pass, TimeOut};
use std::collections::BTreeMap;

/// For what takes too much of something else than time. How long that takes depends on the machine.
const ROOMY: Limits = Limits { wall: 600, still: 0, cpu: 600, memory: 256 << 20, output: 4 << 20 };
/// For what never stops computing.
const BRIEF: Limits = Limits { cpu: 1, ..ROOMY };
/// For what hangs: where every thread sleeps, and for ever, none of this time has to pass.
const WATCHED: Limits = Limits { still: 3_600, ..ROOMY };

/// Grades answers, given as label and text, to the one exercise of the course `limits`.
fn grade(
    sandbox: &Sandbox,
    limits: WorldLimits,
    answers: &[(String, String)],
) -> BTreeMap<String, GradedExercise> {
    let course = Course::discover(sandbox.root()).unwrap();
    let answer = |(label, text): &(String, String)| Answer {
        exercise: &course.exercises[0],
        label: Some(label.clone()),
        source: Source::Text(text.clone()),
        changed: None,
        wanted: None,
        shown_as: format!("{label}.rs").into(),
    };
    let answers: Vec<_> = answers.iter().map(answer).collect();
    let layout = sandbox.layout();
    let pipeline = Pipeline {
        course: &course,
        layout: &layout,
        limits,
        cache: None,
        listener: &|_| (),
        purpose: "limits",
        extent: Extent::Full,
        looks_again: true,
    };
    let labels = answers.iter().map(|answer| answer.label.clone().unwrap());
    let grades = pipeline.grade(&answers).unwrap().into_iter().map(|grade| grade.exercise);
    labels.zip(grades).collect()
}

/// The answers in `tests/courses/limits/answers/`.
fn answers(sandbox: &Sandbox) -> Vec<(String, String)> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let label = path.file_stem().unwrap().to_string_lossy().into_owned();
        (label, std::fs::read_to_string(path).unwrap())
    };
    sandbox.root().join("answers").read_dir().unwrap().map(read).collect()
}

#[test]
fn each_costs_its_own_checks() {
    let sandbox = Sandbox::new("limits", "limits");
    let mut groups: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (label, text) in answers(&sandbox) {
        let group = if matches!(&*label, "spins" | "hangs") { label.clone() } else { "".into() };
        groups.entry(group.leak()).or_default().push((label, text));
    }
    let mut graded = BTreeMap::new();
    for (group, answers) in groups {
        let (model, native) = match group {
            "spins" => (BRIEF, BRIEF),
            "hangs" => (ROOMY, WATCHED),
            _ => (ROOMY, ROOMY),
        };
        let limits = WorldLimits { model, native, ..WorldLimits::default() };
        graded.extend(grade(&sandbox, limits, &answers));
    }
    let verdicts = |label: &str| -> Vec<Verdict> {
        graded[label].checks.iter().map(|check| check.verdict).collect()
    };
    for (label, expected) in [
        ("comes_back", [Pass, Pass, Pass]),
        ("spins", [TimeOut, TimeOut, Pass]),
        ("hangs", [Deadlock, TimeOut, Pass]),
        ("overflows_the_stack", [Crash, Crash, Pass]),
        ("panics_while_panicking", [Crash, Crash, Pass]),
        ("prints_for_ever", [Limit, Limit, Pass]),
        ("takes_all_memory", [Limit, Limit, Pass]),
        ("computes_for_ever", [DoesNotCompile; 3]),
    ] {
        assert_eq!(verdicts(label), expected, "{label}: {:#?}", graded[label].checks);
    }
    assert_eq!(graded.len(), 8);

    // The facts say which limit was hit.
    let facts = |label: &str, check: usize| match &graded[label].checks[check].facts {
        Facts::Died(exit) => exit.clone(),
        other => panic!("{label}: {other:?}"),
    };
    assert_eq!(facts("spins", 0), Exit::CpuTime(BRIEF.cpu));
    assert_eq!(facts("hangs", 1), Exit::Still);
    assert_eq!(facts("prints_for_ever", 1), Exit::Output(ROOMY.output));
    assert_eq!(facts("takes_all_memory", 1), Exit::Memory(ROOMY.memory));
}

#[test]
fn what_exhausts_the_compiler_costs_its_own_exercise() {
    let sandbox = Sandbox::new("limits", "what_exhausts_the_compiler");
    let comes_back = ("comes_back".to_owned(), "pub fn anything() {}".to_owned());
    // Allow all the time that compiling the worlds themselves may take.
    grade(&sandbox, WorldLimits::default(), std::slice::from_ref(&comes_back));
    let doubles = "macro_rules! double { ($($all:tt)*) => { double! { $($all)* $($all)* } } }\n\
                   double! { x }\npub fn anything() {}\n";
    let deep = format!("pub fn anything() {{ {}{} }}", "(".repeat(100_000), ")".repeat(100_000));
    let hard = [comes_back, ("doubles".into(), doubles.into()), ("nests".into(), deep)];
    let build = Limits { cpu: 20, memory: 1 << 30, ..WorldLimits::default().build };
    let graded = grade(&sandbox, WorldLimits { build, ..WorldLimits::default() }, &hard);
    let verdicts = |label: &str| -> Vec<Verdict> {
        graded[label].checks.iter().map(|check| check.verdict).collect()
    };
    assert_eq!(verdicts("comes_back"), [Pass; 3]);
    for label in ["doubles", "nests"] {
        assert_eq!(verdicts(label), [DoesNotCompile; 3], "{label}");
    }
    let error = graded["doubles"].compile_error.as_ref().unwrap();
    // Whether time, memory or stack runs out first depends on the machine.
    let said = ["the compiler was stopped", "the compiler crashed"];
    assert!(said.iter().any(|it| error.rendered.contains(it)), "{}", error.rendered);
}
