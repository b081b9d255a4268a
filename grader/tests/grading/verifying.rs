//! `verify`: the course's own answers get the results they should, or the author is told which ones
//! do not.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

#[test]
fn a_sound_course() {
    let sandbox = Sandbox::new("sound", "a_sound_course");
    let ended = sandbox.grader(&["verify", "--pristine", "--repeat", "2"]);
    assert_snapshot!(ended.stdout);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn answers_that_get_something_else() {
    let sandbox = Sandbox::new("sound", "answers_that_get_something_else");
    let right = sandbox.read("solutions/01_counter/reference.rs");
    sandbox.edit(
        "solutions/01_counter/wrong/counts_double.patch",
        "fetch_add(2, SeqCst);",
        "fetch_add(0 + 1, SeqCst);",
    );
    sandbox.edit("solutions/01_counter/wrong/tries_once.rs", "counts = pass", "counts = deadlock");
    sandbox.edit("solutions/01_counter/right/mutex.rs", "+= 1", "+= unused()");
    sandbox.edit(
        "solutions/01_counter/right/update.rs",
        "let _ = self.0.fetch_update(SeqCst, SeqCst, |hits| Some(hits + 1));",
        "let unused = self.0.load(SeqCst);",
    );
    sandbox.write("exercises/01_counter/src/lib.rs", &right);
    let ended = sandbox.grader(&["verify", "counter", "--pristine"]);
    assert_snapshot!(ended.stdout);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
}

/// What is inserted for the reports must know the type of what a check calls.
#[test]
fn checks_that_do_not_compile_with_what_is_inserted() {
    let sandbox = Sandbox::new("sound", "checks_that_do_not_compile_with_what_is_inserted");
    let checks = "exercises/01_counter/tests/checks.rs";
    sandbox.edit(
        checks,
        "    counter.hit();\n    counter.hit();\n",
        "    let none = Other.hits();\n    counter.hit();\n    counter.hit();\n    let _: Option<thread::Thread> = none;\n",
    );
    let function = "\nstruct Other;\n\nimpl Other {\n    fn hits<T>(&self) -> Option<T> {\n        None\n    \
                    }\n}\n";
    sandbox.write(checks, &(sandbox.read(checks) + function));
    let ended = sandbox.grader(&["verify", "counter"]);
    let complaint = "its reports lack calls, results and callers";
    assert!(ended.stdout.contains(complaint), "{}", ended.stdout);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
    // A learner's answer is graded all the same.
    let reference = "solutions/01_counter/reference.rs";
    let ended = sandbox.grader(&["grade", "counter", "--submission", reference]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
}

#[test]
fn answers_that_are_not_well_kept() {
    let sandbox = Sandbox::new("sound", "answers_that_are_not_well_kept");
    sandbox.remove("solutions/01_counter/reference.rs");
    for right in ["mutex", "kept_in_statics"] {
        sandbox.remove(&format!("solutions/01_counter/right/{right}.rs"));
    }
    sandbox.rename("solutions/02_gate/wrong/spins.rs", "solutions/02_gate/wrong/spins");
    sandbox.edit("solutions/02_gate/right/wait_while.rs", "//! Make: ", "//! It is ");
    let wrong = "solutions/02_gate/wrong/waits_first.patch";
    sandbox.edit(wrong, "lets_through_who_waits = lost-wakeup", "lets_through = lost-wakup");
    let wrong = "solutions/01_counter/wrong/tries_once.rs";
    sandbox.edit(wrong, "//! Expect: counts = pass\n", "//! Expect: counts passes\n");
    sandbox.edit(wrong, "//! Expect: no_hit_is_lost = wrong\n", "");
    let ended = sandbox.grader(&["verify"]);
    assert_snapshot!(ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
}

#[test]
fn patches_that_do_not_fit() {
    let sandbox = Sandbox::new("sound", "patches_that_do_not_fit");
    let folder = "solutions/01_counter/wrong";
    let good = sandbox.read(&format!("{folder}/counts_double.patch"));
    let variant = |name: &str, text: &str| {
        sandbox.write(
            &format!("{folder}/{name}.patch"),
            &text.replace("wrong/counts_double", &format!("wrong/{name}")),
        );
    };
    let diff = &good[good.find("--- ").unwrap()..];
    let context = diff.lines().find(|line| line.starts_with(" ")).unwrap();
    variant("has_no_diff", &good[..good.len() - diff.len()]);
    variant("breaks_off", good.trim_end().rsplit_once('\n').unwrap().0);
    variant("touches_two_files", &format!("{good}{diff}"));
    variant("changes_a_wrong_answer", &good.replace("--- reference.rs", "--- wrong/spins.rs"));
    variant("changes_what_is_not_there", &good.replace("--- reference.rs", "--- right/none.rs"));
    variant("has_moved", &good.replace("@@ -9,7 +9,7 @@", "@@ -8,7 +8,7 @@"));
    variant("does_not_fit", &good.replace("fetch_add(1, SeqCst)", "fetch_add(one, SeqCst)"));
    variant("changes_nothing", &good.replace("fetch_add(2", "fetch_add(1"));
    sandbox.write(&format!("{folder}/has_another_name.patch"), &good);
    let long: String = (0..90).map(|_| "+        // more\n").collect();
    let longer = good.replace("@@ -9,7 +9,7 @@", "@@ -9,7 +9,97 @@");
    let after = format!("{context}\n");
    variant("is_long", &longer.replacen(&after, &format!("{after}{long}"), 1));
    sandbox
        .write(&format!("{folder}/tries_once.patch"), &good.replace("counts_double", "tries_once"));
    sandbox.edit("solutions/02_gate/wrong/spins.rs", "//! Whole: ", "//! A ");
    let ended = sandbox.grader(&["verify"]);
    assert_snapshot!(ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
}

#[test]
fn an_author_writes_answers_and_gets_patches() {
    let sandbox = Sandbox::new("sound", "an_author_writes_answers_and_gets_patches");
    let folder = "solutions/01_counter/wrong";
    let whole = sandbox.read(&format!("{folder}/tries_once.rs"));
    sandbox.edit(&format!("{folder}/tries_once.rs"), "//! Whole: ", "//! It is whole: ");
    // One more line at the top, and one that the patch shows next to its change.
    sandbox.edit(
        "solutions/01_counter/reference.rs",
        "/// Count one more.",
        "//\n    /// Count one up.",
    );
    let ended = sandbox.grader(&["verify", "counter", "--bless"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    assert!(
        whole.contains("//! Whole:") && !sandbox.root().join(folder).join("tries_once.rs").exists()
    );
    let patches = ["tries_once", "counts_double"]
        .map(|name| sandbox.read(&format!("{folder}/{name}.patch")))
        .concat();
    assert_snapshot!(patches);
    let submitted = format!("{folder}/tries_once.patch");
    let ended = sandbox.grader(&["grade", "counter", "--submission", &submitted]);
    assert_snapshot!(ended.stdout);
}

#[test]
fn a_new_exercise_says_what_is_to_be_written() {
    let sandbox = Sandbox::new("sound", "a_new_exercise_says_what_is_to_be_written");
    let made = sandbox.grader(&["new", "tea_kettle"]);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let first = sandbox.grader(&["verify", "tea_kettle"]);
    assert_eq!((first.code, first.stdout.as_str()), (2, ""));
    assert_snapshot!(made.stdout + &first.stderr);
    // The others are graded as before.
    assert_eq!(sandbox.grader(&["verify", "counter"]).code, 0);

    // Once the exercise is written, only the solutions are left to do.
    let hints = ["hints/1.md", "hints/2.md", "hints/3.md"];
    let files = ["README.md", "exercise.yaml", "src/lib.rs", "tests/checks.rs"];
    for file in files.iter().chain(&hints).map(|file| format!("exercises/03_tea_kettle/{file}")) {
        let text = sandbox.read(&file).replace("WRITE:", "Here is");
        sandbox.write(&file, &text);
    }
    let second = sandbox.grader(&["verify", "tea_kettle"]);
    assert_snapshot!(second.stderr);
    for name in ["gate", "Kettle", "kettle-2", "2_kettles", ""] {
        let refused = sandbox.grader(&["new", name]);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{name}: {}", refused.stderr);
    }
}

#[test]
fn a_readme_that_is_another_exercises() {
    let sandbox = Sandbox::new("sound", "a_readme_that_is_another_exercises");
    let other = sandbox.read("exercises/01_counter/README.md");
    let how = "\n```sh\ncargo test -p counter\ncargo run -p grader -- grade counter\n```\n";
    sandbox.write("exercises/02_gate/README.md", &(other + how));
    let ended = sandbox.grader(&["verify", "gate"]);
    assert_snapshot!(ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
}

#[test]
fn a_readme_that_needs_what_comes_later() {
    let sandbox = Sandbox::new("sound", "a_readme_that_needs_what_comes_later");
    let gate = "exercises/02_gate/exercise.yaml";
    let python =
        sandbox.read(gate).lines().find(|line| line.starts_with("python:")).unwrap().to_owned();
    sandbox.edit(gate, &python, "python: threading.Event, and its wait");
    sandbox.write(
        "exercises/01_counter/README.md",
        "# Counter\n\nLike an `Event`.\n\n```rust\nEvent\n```\n\n## What to read next\n\n`Event`.\n",
    );
    let ended = sandbox.grader(&["verify", "counter"]);
    assert_snapshot!(ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
}

#[test]
fn a_readme_that_names_what_the_yaml_does_not() {
    let sandbox = Sandbox::new("sound", "a_readme_that_names_what_the_yaml_does_not");
    let readme = "exercises/02_gate/README.md";
    sandbox.edit(readme, "`counter`", "`turnstile` and `counter`. `bell` builds on it");
    let plan = "## A good order\n\n| build | passes |\n| --- | --- |\n\
                | `Gate` | `lets_through_who_waits`, `opens` and `tests/checks.rs` |\n\n";
    sandbox.edit(readme, "## What to read next", &format!("{plan}## What to read next"));
    let other = sandbox.grader(&["verify", "gate"]);
    sandbox.write(readme, "# Gate\n\n## What to read next\n\nIt comes after `counter`.\n");
    let silent = sandbox.grader(&["verify", "gate"]);
    assert_snapshot!(other.stderr + &silent.stderr);
    assert_eq!((other.code, silent.code), (2, 2));
}

#[test]
fn documents_are_kept_true() {
    let sandbox = Sandbox::new("sound", "documents_are_kept_true");
    let explained = "solutions/01_counter/EXPLAINED.md";
    sandbox.write(
        explained,
        "# Explained\n\n<!-- fault: wrong/counts_double -->\n```diff\n```\n\n\
         <!-- picture: wrong/reads_then_writes no_hit_is_lost -->\n\
         ```text\nonce upon a time\n```\n\nThe end.\n",
    );
    sandbox.write(
        "solutions/02_gate/EXPLAINED.md",
        "<!-- picture: wrong/spins -->\n```text\n```\n\n\
         <!-- fault: wrong/spins -->\n```diff\n```\n\n\
         <!-- picture: wrong/spinned lets_through_who_waits -->\n```text\n```\n\n\
         <!-- picture: reference lets_through_who_waits -->\n",
    );
    sandbox.write(
        "README.md",
        "# Course\n\n<!-- report: counter -->\n```text\n```\n\n<!-- report: countre -->\n```text\n```\n\n\
         <!-- course map -->\n| |\n| --- |\n\nMore.\n",
    );
    let ended = sandbox.grader(&["verify"]);
    assert_snapshot!(ended.stdout);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));

    sandbox.write("solutions/02_gate/EXPLAINED.md", "# Explained\n");
    sandbox.edit("README.md", "<!-- report: countre -->\n```text\n```\n\n", "");
    let ended = sandbox.grader(&["verify", "--bless"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    assert_snapshot!(sandbox.read(explained) + &sandbox.read("README.md"));
    assert_eq!(sandbox.grader(&["verify"]).code, 0);
}

#[test]
fn a_course_with_abilities() {
    let sandbox = Sandbox::new("able", "a_course_with_abilities");
    let ended = sandbox.grader(&["verify"]);
    assert_snapshot!(ended.stdout);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn abilities_that_nobody_asked_for() {
    let sandbox = Sandbox::new("able", "abilities_that_nobody_asked_for");
    sandbox.edit(
        "exercises/01_relay/exercise.yaml",
        "abilities: [processes, sockets, signals]",
        "abilities: [socket]",
    );
    let ended = sandbox.grader(&["verify"]);
    assert_snapshot!(ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
}
