//! An answer that does not end, or takes too much, costs the checks that call it and no others.

use crate::sandbox::Sandbox;
use grader::course::Course;
use grader::graded::{Exit, Facts, GradedExercise};
use grader::pipeline::Pipeline;
use grader::process::Limits;
use grader::run::WorldLimits;
use grader::source::Source;
use grader::submission::Answer;
use grader::verdict::Verdict::{self, Crash, DoesNotCompile, Limit, LostWakeup, Pass, TimeOut};
use std::collections::BTreeMap;

const TIGHT: Limits = Limits { wall: 10, cpu: 2, memory: 256 << 20, output: 4 << 20 };

/// Each answer in `tests/courses/limits/answers/`, graded in one go.
fn graded() -> BTreeMap<String, GradedExercise> {
    let sandbox = Sandbox::new("limits", "limits");
    let course = Course::discover(sandbox.root()).unwrap();
    let answer = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        Answer {
            exercise: &course.exercises[0],
            label: Some(path.file_stem().unwrap().to_string_lossy().into_owned()),
            source: Source::read_named(&path).unwrap(),
            shown_as: path,
        }
    };
    let folder = sandbox.root().join("answers");
    let answers: Vec<_> = folder.read_dir().unwrap().map(answer).collect();
    let limits = WorldLimits { model: TIGHT, native: TIGHT, ..WorldLimits::default() };
    let layout = sandbox.layout();
    let pipeline = Pipeline {
        course: &course,
        layout: &layout,
        limits,
        cache: None,
        listener: &|_| (),
        purpose: "limits",
    };
    let labels = answers.iter().map(|answer| answer.label.clone().unwrap());
    let grades = pipeline.grade(&answers).unwrap().into_iter().map(|grade| grade.exercise);
    labels.zip(grades).collect()
}

#[test]
fn each_costs_its_own_checks() {
    let graded = graded();
    let verdicts = |label: &str| -> Vec<Verdict> {
        graded[label].checks.iter().map(|check| check.verdict).collect()
    };
    for (label, expected) in [
        ("comes_back", [Pass, Pass, Pass]),
        ("spins", [TimeOut, TimeOut, Pass]),
        ("hangs", [LostWakeup, TimeOut, Pass]),
        ("overflows_the_stack", [Crash, Crash, Pass]),
        ("panics_while_panicking", [Crash, Crash, Pass]),
        ("prints_for_ever", [Limit, Limit, Pass]),
        ("takes_all_memory", [Limit, Limit, Pass]),
        ("computes_for_ever", [DoesNotCompile; 3]),
    ] {
        assert_eq!(verdicts(label), expected, "{label}: {:#?}", graded[label].checks);
    }
    assert_eq!(graded.len(), 8);

    // The facts say which limit it was.
    let facts = |label: &str, check: usize| match &graded[label].checks[check].facts {
        Facts::Died(exit) => exit.clone(),
        other => panic!("{label}: {other:?}"),
    };
    assert_eq!(facts("spins", 0), Exit::CpuTime(TIGHT.cpu));
    assert_eq!(facts("hangs", 1), Exit::WallTime(TIGHT.wall));
    assert_eq!(facts("prints_for_ever", 1), Exit::Output(TIGHT.output));
    assert_eq!(facts("takes_all_memory", 1), Exit::Memory(TIGHT.memory));
}
