//! What a learner reads: snapshots of reports on grading runs made by hand.

mod made;
mod odd;
mod pictures;
mod scenes;

use grader::graded::{Exit, GradedExercise};

use grader::report::{self, Detail, Format, ReportOptions};
use grader::verdict::Verdict;
use grader::world::World;

fn text(exercises: Vec<GradedExercise>, options: &ReportOptions) -> String {
    let mut out = Vec::new();
    report::write(&exercises.into(), options, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    if !options.color && options.format == Format::Text {
        let too_wide: Vec<&str> = text
            .lines()
            .filter(|line| unicode_width::UnicodeWidthStr::width(*line) > options.width)
            .filter(|line| !line.contains("cargo run"))
            .collect();
        assert!(too_wide.is_empty(), "wider than {}: {too_wide:#?}", options.width);
    }
    text
}

fn plain(exercise: GradedExercise) -> String {
    text(vec![exercise], &ReportOptions::default())
}

macro_rules! snapshots {
    ($($(#[$doc:meta])* $name:ident => $exercise:expr;)+) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            insta::assert_snapshot!(plain($exercise));
        }
    )+};
}

snapshots! {
    lost_update => scenes::lost_update();
    abba => scenes::abba();
    abba_in_a_helper => scenes::abba_in_a_helper();
    if_for_while => scenes::if_for_while();
    panic_on_purpose => scenes::panic_on_purpose();
    lost_wakeup => scenes::lost_wakeup();
    busy_wait => scenes::busy_wait();
    seen_natively => scenes::seen_natively();
    crash => scenes::died(
        Verdict::Crash,
        World::Model,
        Exit::Signal(6),
        "thread 'anna' has overflowed its stack\nfatal runtime error: stack overflow, aborting",
    );
    time_out => scenes::died(Verdict::TimeOut, World::Native, Exit::WallTime(60), "");
    exit => scenes::died(Verdict::Crash, World::Model, Exit::Code(0), "test result: ok. 1 passed");
    memory => scenes::died(Verdict::Limit, World::Model, Exit::Memory(2 << 30), "");
    does_not_compile => scenes::does_not_compile();
    forbidden => scenes::forbidden();
    not_submitted => scenes::not_submitted();
    not_begun => scenes::not_begun();
    contract => scenes::contract();
    fault => scenes::fault();
    time => scenes::time();
    transcript => scenes::transcript();
    crowd => scenes::crowd();
    hostile => scenes::hostile();
    the_second_scene_fails => pictures::the_second_scene_fails();
    panics_that_explain_nothing => pictures::panics_that_explain_nothing();
    woken_in_vain => pictures::woken_in_vain();
    waits_for_what_never_comes => pictures::waits_for_what_never_comes();
    full_marks_for_one => scenes::solved("08_rlock", "RLock");
}

/// For a run of the whole course, the report is about the exercise that the learner is working on:
/// the one that was changed last and is not solved. If nobody has begun the course, it names the
/// first exercise and reports no failure.
#[test]
fn the_exercise_that_the_learner_is_at() {
    let starter = |exercise: GradedExercise| GradedExercise { is_starter: true, ..exercise };
    let changed = |exercise: GradedExercise, second: u64| {
        let changed = Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(second));
        GradedExercise { changed, ..exercise }
    };
    let told = |all: Vec<GradedExercise>| {
        let text = text(all, &ReportOptions::default());
        let section = text.lines().find(|line| line.starts_with("── ")).unwrap_or_default();
        (section[7..14].to_owned(), text.contains("✗"))
    };
    let solved = || scenes::solved("01_threads", "Threads");
    let pristine = vec![solved(), starter(scenes::lost_update()), starter(scenes::abba())];
    assert_eq!(told(pristine), ("02 Shar".to_owned(), false));
    let begun = vec![starter(scenes::lost_update()), scenes::abba()];
    assert_eq!(told(begun), ("04 Dead".to_owned(), true));
    let back = vec![changed(scenes::lost_update(), 2), changed(scenes::abba(), 1)];
    assert_eq!(told(back), ("02 Shar".to_owned(), true));
    let solved_last = vec![changed(scenes::abba(), 1), changed(solved(), 2)];
    assert_eq!(told(solved_last), ("04 Dead".to_owned(), true));
}

#[test]
fn full_marks() {
    let all = vec![scenes::solved("08_rlock", "RLock"), scenes::solved("18_queue", "Queue")];
    insta::assert_snapshot!(text(all, &ReportOptions::default()));
}

#[test]
fn mixed() {
    insta::assert_snapshot!(text(scenes::mixed(), &ReportOptions::default()));
}

#[test]
fn all_details() {
    let options = ReportOptions { detail: Detail::All, ..ReportOptions::default() };
    insta::assert_snapshot!(text(vec![scenes::lost_update()], &options));
}

#[test]
fn color() {
    let options = ReportOptions { color: true, ..ReportOptions::default() };
    let text = text(vec![scenes::lost_wakeup()], &options);
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn narrow_and_wide_terminals() {
    for width in [60, 72, 90, 100, 120, 200] {
        let options = ReportOptions { width, ..ReportOptions::default() };
        text(scenes::mixed(), &options);
        text(vec![scenes::crowd(), scenes::lost_update(), scenes::hostile()], &options);
    }
    let narrow = ReportOptions { width: 60, ..ReportOptions::default() };
    insta::assert_snapshot!(text(vec![scenes::lost_update()], &narrow));
}

#[test]
fn nothing_to_grade() {
    insta::assert_snapshot!(text(Vec::new(), &ReportOptions::default()), @"There is no exercise to grade.");
}

/// No control character, and no mark that reverses the direction of text, gets through in any
/// format.
#[test]
fn nothing_hostile_gets_through() {
    for format in [Format::Text, Format::Json] {
        let options = ReportOptions { format, ..ReportOptions::default() };
        let text = text(vec![scenes::hostile()], &options);
        let bad = |c: &char| c.is_control() && *c != '\n' || ('\u{2028}'..='\u{206f}').contains(c);
        assert_eq!(text.chars().find(bad), None);
        assert!(!text.lines().any(|line| line.starts_with("::")));
    }
}

#[test]
fn replay() {
    let exercise = scenes::lost_update();
    let mut out = Vec::new();
    let options = ReportOptions::default();
    report::write_replay(&exercise, &exercise.checks[1], &options, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn json() {
    let options = ReportOptions { format: Format::Json, ..ReportOptions::default() };
    let all = vec![scenes::lost_update(), scenes::does_not_compile()];
    insta::assert_snapshot!(text(all, &options));
}
