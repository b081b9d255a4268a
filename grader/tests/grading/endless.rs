//! An endless loop is stopped soon, and shown on the line where it is.

use crate::sandbox::Sandbox;
use grader::course::Course;
use grader::extent::Extent;
use grader::graded::{Facts, GradedExercise};
use grader::job::WorldLimits;
use grader::pipeline::Pipeline;
use grader::source::Source;
use grader::submission::Answer;
use grader::verdict::Verdict::{self, EndlessLoop, Pass};
use record::Failure;

/// Answers to the exercise of the course `limits`, whose first two checks call `anything`. Each is
/// the body of that function, with a text from the line that the report must show.
const LOOPS: [(&str, &str); 6] = [
    ("loop {}", "loop {}"),
    (
        "let (mut n, mut sum) = (0_u32, 0_u32);\n    while n < 1 {\n        for i in 0..9 {\n            \
         sum = sum.wrapping_add(i);\n        }\n        n = sum & 0;\n    }",
        "while n < 1 {",
    ),
    ("let done = std::cell::Cell::new(false);\n    while !done.get() {}", "while !done.get() {}"),
    ("let all = (0_u64..).filter(|n| n % 2 > 2);\n    all.for_each(drop);", "filter(|n|"),
    ("let all = (0_u8..=9).cycle().count();\n    assert!(all > 0);", "cycle()"),
    (
        "struct Guard;\n    impl Drop for Guard {\n        fn drop(&mut self) {\n            loop {\n                \
         std::hint::black_box(0);\n            }\n        }\n    }\n    let _guard = Guard;",
        "loop {",
    ),
];

/// Processor time in milliseconds. A tenth of what learners get, and still a hundred times what a
/// right answer needs.
const PATIENCE: u64 = 300;

fn grade(sandbox: &Sandbox) -> Vec<GradedExercise> {
    let course = Course::discover(sandbox.root()).unwrap();
    let answer = |(number, (body, _)): (usize, &(&str, &str))| Answer {
        exercise: &course.exercises[0],
        label: Some(format!("loop_{number}")),
        source: Source::Text(format!("pub fn anything() {{\n    {body}\n}}\n")),
        changed: None,
        wanted: None,
        shown_as: format!("loop_{number}.rs").into(),
    };
    let mut limits = WorldLimits { patience: PATIENCE, ..WorldLimits::default() };
    // The same loop on real threads, where only this stops it.
    limits.native.cpu = 1;
    let answers: Vec<_> = LOOPS.iter().enumerate().map(answer).collect();
    let pipeline = Pipeline {
        course: &course,
        layout: &sandbox.layout(),
        limits,
        cache: None,
        listener: &|_| (),
        purpose: "endless",
        extent: Extent::Full,
        looks_again: true,
    };
    pipeline.grade(&answers).unwrap().into_iter().map(|grade| grade.exercise).collect()
}

#[test]
fn it_is_shown_on_its_line_and_costs_no_other_check() {
    let sandbox = Sandbox::new("limits", "endless");
    let graded = grade(&sandbox);
    for (exercise, (_, line)) in graded.iter().zip(LOOPS) {
        let verdicts: Vec<Verdict> = exercise.checks.iter().map(|check| check.verdict).collect();
        assert_eq!((verdicts[0], verdicts[2]), (EndlessLoop, Pass), "{line}");
        let Facts::Ended(outcome) = &exercise.checks[0].facts else { panic!("{line}") };
        let Some(Failure::EndlessLoop { at }) = &outcome.failure else { panic!("{outcome:?}") };
        let first = at.first().unwrap_or_else(|| panic!("{line}: no place"));
        let found = exercise.answer_text.lines().nth(first.line as usize - 1).unwrap_or_default();
        assert!(found.contains(line), "{found} is not {line}");
    }
}
