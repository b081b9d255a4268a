//! Builds grading runs by hand that look like the ones the worlds record.

use grader::graded::{Facts, GradedCheck, GradedExercise, SourceFile};

use grader::verdict::Verdict;
use grader::world::{ANSWER, World};
use record::{
    Coverage, Decisive, Failure, Location, ObjectInfo, ObjectKind, Operation, Outcome, Panic, Step,
    StepStatus, ThreadInfo, Trace, Value, Wait,
};

const CHECKS: &str = "tests/checks.rs";

/// The two files of an exercise, and the schedule that is being built for them.
pub(crate) struct Made {
    answer: &'static str,
    checks: &'static str,
    pub(crate) trace: Trace,
    decisive: Option<Decisive>,
}

impl Made {
    pub(crate) fn new(answer: &'static str, checks: &'static str) -> Self {
        let check = ThreadInfo { name: None, spawned_at: None };
        let trace = Trace { threads: vec![check], ..Trace::default() };
        Self { answer, checks, trace, decisive: None }
    }

    /// Adds a thread and returns its index.
    pub(crate) fn thread(&mut self, name: Option<&str>) -> usize {
        let name = name.map(str::to_owned);
        self.trace.threads.push(ThreadInfo { name, spawned_at: None });
        self.trace.threads.len() - 1
    }

    /// Adds an object and returns its index.
    pub(crate) fn object(&mut self, kind: ObjectKind) -> usize {
        self.trace.objects.push(ObjectInfo { kind, made_at: None });
        self.trace.objects.len() - 1
    }

    /// The place that `needle` marks with a `|`: its first occurrence in the answer, or else in the
    /// checks.
    pub(crate) fn at(&self, needle: &str) -> Location {
        let column_in_needle = needle.find('|').expect("a needle has a bar");
        let plain = needle.replacen('|', "", 1);
        let (file, text) = [(ANSWER, self.answer), (CHECKS, self.checks)]
            .into_iter()
            .find(|(_, text)| text.contains(&plain))
            .unwrap_or_else(|| panic!("no source has {plain:?}"));
        let offset = text.find(&plain).unwrap() + column_in_needle;
        let line_start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        Location {
            file: file.to_owned(),
            line: text[..offset].matches('\n').count() as u32 + 1,
            column: text[line_start..offset].chars().count() as u32 + 1,
        }
    }

    /// Adds a step at the place of `needle`.
    pub(crate) fn step(&mut self, thread: usize, operation: Operation, needle: &str) -> &mut Made {
        let clock = self.trace.steps.last().map_or(0, |step| step.clock);
        let at = self.at(needle);
        self.trace.steps.push(Step {
            thread,
            operation,
            object: None,
            target: None,
            at,
            how: StepStatus::Done,
            value: None,
            preempts: false,
            clock,
            called_from: None,
            below: None,
            gone_at: None,
        });
        self
    }

    fn last(&mut self) -> &mut Step {
        self.trace.steps.last_mut().expect("a step comes first")
    }

    /// The last step works on `object`.
    pub(crate) fn on(&mut self, object: usize) -> &mut Made {
        self.last().object = Some(object);
        self
    }

    /// The last step concerns thread `target`.
    pub(crate) fn of(&mut self, target: usize) -> &mut Made {
        self.last().target = Some(target);
        self
    }

    pub(crate) fn how(&mut self, how: StepStatus) -> &mut Made {
        self.last().how = how;
        self
    }

    pub(crate) fn value(&mut self, value: Value) -> &mut Made {
        self.last().value = Some(value);
        self
    }

    pub(crate) fn preempts(&mut self) -> &mut Made {
        self.last().preempts = true;
        self
    }

    /// The last step comes this many milliseconds after the one before it.
    pub(crate) fn later(&mut self, milliseconds: u64) -> &mut Made {
        self.last().clock += milliseconds * 1_000_000;
        self
    }

    /// The last step is the decisive one.
    pub(crate) fn decisive(&mut self) -> &mut Made {
        self.decisive = Some(Decisive::Step(self.trace.steps.len() - 1));
        self
    }

    /// A waiting thread.
    pub(crate) fn wait(&self, thread: usize, operation: Operation, needle: &str) -> Wait {
        Wait {
            thread,
            operation,
            object: None,
            joins: None,
            at: self.at(needle),
            held_by: Vec::new(),
            deadline: None,
            holds: Vec::new(),
        }
    }

    pub(crate) fn panic(&self, thread: usize, needle: &str, message: &str) -> Panic {
        Panic { thread, message: message.to_owned(), at: self.at(needle), below: None }
    }

    /// The outcome of a search in which this schedule fails.
    pub(crate) fn outcome(&self, failure: Failure, schedules: u64) -> Outcome {
        let coverage = Coverage { systematic: schedules, ..Coverage::default() };
        Outcome {
            failure: Some(failure),
            coverage,
            trace: Some(self.trace.clone()),
            replay: Some("7f2k9".to_owned()),
            decisive: self.decisive,
            nondeterministic: false,
            steered: None,
        }
    }
}

/// A check that failed.
pub(crate) fn failed(name: &str, verdict: Verdict, world: World, facts: Facts) -> GradedCheck {
    let coverage = match &facts {
        Facts::Ended(outcome) => vec![(world, outcome.coverage)],
        _ => Vec::new(),
    };
    let replay = match (&facts, world) {
        (Facts::Ended(_), World::Model) => Some("1-7f2k9".to_owned()),
        _ => None,
    };
    GradedCheck {
        name: name.to_owned(),
        doc: String::new(),
        points: 0,
        max_points: 2,
        verdict,
        world: Some(world),
        facts,
        coverage,
        replay,
        output: String::new(),
        standing: Vec::new(),
    }
}

/// A check that passed in the model and on real threads.
pub(crate) fn passed(name: &str, points: u32) -> GradedCheck {
    let model =
        Coverage { systematic: 6_329, random: 3_000, bound: Some(2), ..Coverage::default() };
    let native = Coverage { systematic: 50, ..Coverage::default() };
    let outcome = Outcome { coverage: native, ..Outcome::default() };
    GradedCheck {
        name: name.to_owned(),
        doc: "What must hold.".to_owned(),
        points,
        max_points: points,
        verdict: Verdict::Pass,
        world: Some(World::Native),
        facts: Facts::Ended(Box::new(outcome)),
        coverage: vec![(World::Model, model), (World::Native, native)],
        replay: None,
        output: String::new(),
        standing: Vec::new(),
    }
}

/// An exercise whose checks take their missing docs from the check file, as in discovery.
pub(crate) fn exercise(
    id: &str,
    title: &str,
    answer: &str,
    checks: &str,
    mut graded: Vec<GradedCheck>,
) -> GradedExercise {
    let (number, name) = id.split_once('_').expect("an id is NN_name");
    for check in &mut graded {
        if check.doc.is_empty() {
            check.doc = doc_of(checks, &check.name);
        }
    }
    GradedExercise {
        id: id.to_owned(),
        number: number.parse().expect("an id begins with a number"),
        name: name.to_owned(),
        title: title.to_owned(),
        answer_path: format!("exercises/{id}/{ANSWER}").into(),
        answer_text: answer.to_owned(),
        is_starter: false,
        changed: None,
        check_files: vec![SourceFile { path: CHECKS.into(), text: checks.to_owned() }],
        mistake: None,
        compile_error: None,
        checks: graded,
    }
}

fn doc_of(checks: &str, name: &str) -> String {
    let before = checks.split(&format!("fn {name}(")).next().unwrap_or_default();
    let lines: Vec<&str> = before.lines().rev().skip_while(|l| !l.starts_with("///")).collect();
    let doc = lines.into_iter().take_while(|line| line.starts_with("///"));
    let mut doc: Vec<&str> = doc.map(|line| line.trim_start_matches("///").trim()).collect();
    doc.reverse();
    doc.join("\n")
}
