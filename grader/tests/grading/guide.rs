//! What a learner asks for between two runs, and how exercises are named.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

#[test]
fn an_exercise_is_named_as_people_name_it() {
    let sandbox = Sandbox::new("sound", "names");
    let means = |word: &str| {
        let ended = sandbox.grader(&["hint", word]);
        match ended.code {
            0 => ended.stdout.replace("── ", ""),
            _ => ended.stderr,
        }
    };
    let path = sandbox.root().join("exercises/02_gate").display().to_string();
    for word in [
        "2",
        "02",
        "gate",
        "GATE",
        "02_gate",
        "02_Gate",
        "ga",
        "at",
        "exercises/02_gate",
        "exercises/02_gate/",
        "./exercises/02_gate/src/lib.rs",
        "somewhere/else/02_gate/src/lib.rs",
        &path,
    ] {
        assert!(means(word).starts_with("02 Gate"), "{word}: {}", means(word));
    }
    assert_snapshot!(means("te"), @"error: `te` could be `counter` or `gate`; write one of these");
    assert_snapshot!(means("gaet"), @"error: there is no exercise `gaet`; did you mean `gate`?");
    assert_snapshot!(means("7"), @"error: there is no exercise `7`");
    assert_snapshot!(means(""), @"error: there is no exercise ``");
}

#[test]
fn the_folder_that_one_is_in_names_its_exercise() {
    let sandbox = Sandbox::new("sound", "name_of_the_current_folder");
    let ended = sandbox.grader_in("exercises/02_gate/src", &["hint", "."]);
    assert!(ended.stdout.contains("02 Gate"), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn hints_come_one_at_a_time() {
    let sandbox = Sandbox::new("sound", "hints");
    let hint = || sandbox.grader(&["hint", "gate"]).stdout;
    assert_snapshot!(hint());
    assert!(hint().contains("hint 2 of 3"));
    assert_snapshot!(hint());
    assert!(hint().contains("You have seen all the hints."));
    // Each exercise has its own, and the first unsolved one is meant if none is named.
    assert!(sandbox.grader(&["hint"]).stdout.contains("01 Counter ── hint 1 of 3"));
    let all = sandbox.grader(&["hint", "gate", "--all"]).stdout;
    assert!((1..=3).all(|number| all.contains(&format!("hint {number} of 3"))), "{all}");
    // What is lost or cannot be read begins again.
    sandbox.write("target/grader/notebook.json", "{\"hints\": [");
    assert!(hint().contains("hint 1 of 3"));
}

#[test]
fn a_course_without_its_hints_says_so() {
    let sandbox = Sandbox::new("sound", "hints_missing");
    sandbox.remove("exercises/02_gate/hints/2.md");
    sandbox.write("exercises/02_gate/hints/3.md", "\n");
    sandbox.write("exercises/02_gate/hints/4.md", "One more.");
    assert_snapshot!(sandbox.grader(&["hint", "gate"]).stderr);
}

#[test]
fn the_list_says_how_far_each_exercise_has_come() {
    let sandbox = Sandbox::new("sound", "list");
    let list = || sandbox.grader(&["list"]).stdout;
    assert_snapshot!("untouched", list());
    let answer = "exercises/02_gate/src/lib.rs";
    sandbox.write(answer, &(sandbox.read(answer) + "// Mine.\n"));
    assert_snapshot!("changed", list());
    assert_snapshot!("next", sandbox.grader(&["next"]).stdout);
    sandbox.grader(&["grade", "gate"]);
    assert_snapshot!("begun", list());
    let reference = sandbox.read("solutions/02_gate/reference.rs");
    sandbox.write(answer, &reference);
    sandbox.grader_in("exercises", &["grade", "gate"]);
    assert_snapshot!("solved", list());
    // What the result of a run is found by does not depend on the current folder.
    assert_eq!(sandbox.grader_in("exercises/02_gate", &["list"]).stdout, list());
}

#[test]
fn a_fresh_start_loses_nothing() {
    let sandbox = Sandbox::new("sound", "reset");
    let (answer, starter) = ("exercises/02_gate/src/lib.rs", "solutions/02_gate/starter.rs");
    let reset = || sandbox.grader(&["reset", "gate"]);
    assert_snapshot!(reset().stdout, @"exercises/02_gate/src/lib.rs is the starter already.");
    for number in ["1", "2"] {
        sandbox.write(answer, &format!("// Try number {number}.\n"));
        let ended = reset();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stdout.contains(&format!("exercises/02_gate/kept/{number}.rs")));
        assert_eq!(sandbox.read(answer), sandbox.read(starter));
    }
    assert_eq!(sandbox.read("exercises/02_gate/kept/1.rs"), "// Try number 1.\n");
    sandbox.remove(answer);
    let ended = sandbox.grader(&["grade", "gate"]);
    assert!(ended.stderr.contains("reset 02_gate"), "{}", ended.stderr);
    assert_snapshot!(reset().stdout, @"exercises/02_gate/src/lib.rs is the starter now.");
    sandbox.write(answer, "// Mine.\n");
    sandbox.remove(starter);
    let ended = reset();
    assert_eq!((ended.code, sandbox.read(answer).as_str()), (2, "// Mine.\n"));
    assert_snapshot!(ended.stderr);
}

#[test]
fn the_solution_is_for_those_who_have_one() {
    let sandbox = Sandbox::new("sound", "solution");
    let ended = sandbox.grader(&["solution", "gate"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_snapshot!(ended.stderr);
    let anyway = sandbox.grader(&["solution", "gate", "--anyway"]);
    assert_eq!(anyway.code, 0, "{}", anyway.stderr);
    assert_snapshot!(anyway.stdout);
    let reference = sandbox.read("solutions/02_gate/reference.rs");
    sandbox.write("exercises/02_gate/src/lib.rs", &reference);
    sandbox.grader(&["grade", "gate"]);
    assert_eq!(sandbox.grader(&["solution", "gate"]).stdout, anyway.stdout);
}
