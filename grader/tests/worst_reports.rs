//! The reports that are hardest to keep short and clear: those on the thirty wrong answers of this
//! course that had the longest reports when `bench -- reports` first listed them, plus a few of
//! other kinds. Read them after every change; do not accept one that has become worse.

use grader::course::Course;
use grader::extent::Extent;
use grader::graded::Graded;
use grader::job::WorldLimits;
use grader::layout::Layout;
use grader::pipeline::Pipeline;
use grader::report::{self, ReportOptions};
use grader::source::Source;
use grader::submission::Answer;
use grader::world::World;
use std::fs;
use std::path::Path;

/// Exercise and answer.
const WORST: [(&str, &str); 59] = [
    ("cpu_bound", "wave_after_wave"),
    ("event", "if_for_while"),
    ("gil", "calls_without_the_mutex"),
    ("gil", "hopes_for_the_scheduler"),
    ("gil", "interval_starts_again"),
    ("io_bound", "a_limit_of_its_own"),
    ("io_bound", "limit_looked_at_then_raised"),
    ("memo_cache", "the_second_try_has_no_net"),
    ("semaphore", "a_bounded_panic_keeps_the_permit"),
    ("semaphore", "timeout_loses_a_permit"),
    ("shared_counter", "two_atomics"),
    ("threads", "a_letter_box_for_eight"),
    ("threads", "started_and_joined"),
    ("bank_account", "audit_reads_twice"),
    ("rlock", "owner_cleared_after_the_lock_is_free"),
    ("rlock", "owner_looked_at_then_set"),
    ("rlock", "wakes_at_every_level_but_the_last"),
    ("condition", "clock_has_the_last_word"),
    ("condition", "gives_up_the_lock_too_early"),
    ("condition", "keeps_the_line_locked"),
    ("condition", "looks_every_millisecond"),
    ("condition", "notify_before_the_change"),
    ("condition", "wait_for_looks_every_millisecond"),
    ("barrier", "notify_before_the_change"),
    ("barrier", "notify_without_the_mutex"),
    ("barrier", "two_leaders"),
    ("deadlock", "a_panic_closes_the_account"),
    ("philosophers", "all_left_first"),
    ("philosophers", "claim_lapses_on_one_side"),
    ("philosophers", "tries_and_yields"),
    ("starvation", "late_for_the_batch"),
    ("starvation", "the_readers_turn_without_a_reader"),
    ("starvation", "wakes_one_reader"),
    ("queue", "joiners_wait_for_items"),
    ("queue", "one_condvar_and_notify_one"),
    ("queue", "order_lost_between_two_buffers"),
    ("thread_pool", "destructors_outside_the_net"),
    ("run_in_executor", "a_temporary_keeps_the_lock"),
    // Those that readers understood least.
    ("condition", "passes_it_on"),
    ("crawler", "the_reporters_panic_is_dropped_outside"),
    ("crawler", "what_a_panic_carries_is_dropped_under_the_lock"),
    ("event", "late_looks_at_the_flag"),
    ("event", "numbers_in_8_bits"),
    ("future", "waiters_counted_in_a_byte"),
    ("io_bound", "calls_counted_in_8_bits"),
    ("lock", "waiters_in_8_bits"),
    ("rlock", "busy_when_free_is_refused"),
    ("run_in_executor", "a_childs_number_is_a_byte"),
    ("starvation", "sixty_four_permits"),
    ("rlock", "try_waits_a_moment"),
    ("barrier", "a_late_timeout_breaks_the_next"),
    ("semaphore", "counts_taken_late"),
    ("condition", "wait_for_waits_first"),
    ("daemon", "goes_back_to_the_door_at_once"),
    ("daemon", "refused_work_is_dropped_under_the_lock"),
    ("gil", "looks_every_millisecond"),
    ("thread_pool", "a_new_thread_for_each_task"),
    ("philosophers", "shares_four_thousand_bells"),
    ("starvation", "one_refusal_is_skipped"),
];

/// One screen of 80 columns and some scrolling.
const MOST_LINES: usize = 75;

#[test]
fn they_fit_and_stay_as_they_were_accepted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let course = Course::discover(&root).unwrap();
    let answers: Vec<Answer<'_>> = WORST
        .iter()
        .map(|(exercise, name)| {
            let exercise = course.exercise(exercise).unwrap();
            let label = format!("wrong/{name}");
            let mut solutions = course.solutions(&[exercise]).unwrap().remove(0).into_iter();
            let solution = solutions.find(|solution| solution.label == label).unwrap();
            Answer {
                exercise,
                label: Some(label),
                source: Source::Text(solution.text),
                shown_as: solution.path.strip_prefix(&root).unwrap().to_owned(),
                changed: None,
                wanted: None,
            }
        })
        .collect();
    let layout = layout(&root);
    let pipeline = Pipeline {
        course: &course,
        layout: &layout,
        limits: WorldLimits::default(),
        cache: None,
        listener: &|_| (),
        purpose: "reports",
        // Real threads play no part in these reports.
        extent: Extent::In(World::Model),
        looks_again: false,
    };
    let grades = pipeline.grade(&answers).unwrap();
    for ((exercise, name), grade) in WORST.iter().zip(grades) {
        let mut out = Vec::new();
        let graded = Graded::from(vec![grade.exercise]);
        report::write(&graded, &ReportOptions::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().count() <= MOST_LINES, "{exercise} {name}:\n{text}");
        let is_command = |line: &str| line.contains("cargo run");
        let wide = |line: &&str| unicode_width::UnicodeWidthStr::width(*line) > 80;
        let too_wide: Vec<&str> = text.lines().filter(wide).filter(|it| !is_command(it)).collect();
        assert!(too_wide.is_empty(), "{exercise} {name}: {too_wide:#?}");
        insta::assert_snapshot!(format!("{exercise}__{name}"), text);
    }
}

/// A separate grader state, so that a learner's is left alone. Builds go to the course's own build
/// folder, so that the worlds are compiled only once.
fn layout(root: &Path) -> Layout {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR")).canonicalize().unwrap();
    let target = tmp.join("worst_reports");
    let state = target.join("grader");
    fs::create_dir_all(&state).unwrap();
    let build = tmp.join("../grader/build");
    fs::create_dir_all(&build).unwrap();
    if !state.join("build").exists() {
        std::os::unix::fs::symlink(build.canonicalize().unwrap(), state.join("build")).unwrap();
    }
    Layout::with_target(root, &target)
}
