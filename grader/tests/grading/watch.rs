//! `watch` in a terminal: keys, saved files, odd screens, and its end.

use crate::sandbox::Sandbox;
use crate::terminal::Terminal;
use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};
use std::process::Command;

const ANSWER: &str = "exercises/02_gate/src/lib.rs";
/// Said when nothing is being graded.
const IDLE: &str = "Edit the file";

/// A course in which the second exercise has been begun, and `watch` in a terminal.
fn watch(test: &str) -> (Sandbox, Terminal) {
    let sandbox = Sandbox::new("sound", test);
    sandbox.write(ANSWER, &format!("{}// Mine.\n", sandbox.read(ANSWER)));
    let terminal = Terminal::run(&sandbox, &["watch"]);
    terminal.wait_for(IDLE);
    (sandbox, terminal)
}

/// The reference, without what belongs to it alone.
fn right(sandbox: &Sandbox) -> String {
    sandbox.read("solutions/02_gate/reference.rs")
}

#[test]
fn a_saved_file_is_graded_and_the_screen_says_what_breaks() {
    let (sandbox, mut terminal) = watch("watch_graded");
    assert_snapshot!(terminal.wait_for("lets_through_who_waits"));
    sandbox.write(ANSWER, &right(&sandbox));
    assert_snapshot!(terminal.wait_for("Solved."));
    terminal.press("s");
    terminal.wait_for("solutions/02_gate/reference.rs");
    terminal.press("n");
    terminal.wait_for("exercises/01_counter");
    terminal.press("q");
    assert_eq!(terminal.wait_for_the_end(), 0);
}

#[test]
fn every_key_answers() {
    let (_sandbox, mut terminal) = watch("watch_keys");
    terminal.wait_for("lets_through_who_waits");
    terminal.press("h");
    terminal.wait_for("hint 1 of 3");
    terminal.press("h");
    terminal.wait_for("hint 2 of 3");
    terminal.press("t");
    terminal.wait_for("# Gate");
    terminal.press("?");
    assert_snapshot!(terminal.wait_for("Keys:"));
    terminal.press("r");
    terminal.wait_for("spawn thread 1");
    terminal.press("\x1b");
    terminal.wait_for_no("spawn thread 1");
    // Whoever looks at something else meanwhile is not called back.
    terminal.press("rt");
    terminal.wait_for("# Gate");
    terminal.wait_for(IDLE);
    terminal.wait_for("# Gate");
    terminal.press("\x1b");
    terminal.wait_for_no("# Gate");
    terminal.press("a");
    terminal.wait_for("lost wakeup");
    terminal.press("s");
    terminal.wait_for("once the exercise is solved");
    terminal.press("l");
    terminal.wait_for("Type a part");
    // In the list, what is typed is looked for. Space is not.
    terminal.press(" coun");
    terminal.wait_for_no(" 2  Gate");
    terminal.wait_for("Counter");
    terminal.press("\r");
    terminal.wait_for("exercises/01_counter");
    terminal.press("p");
    terminal.wait_for("This is the first exercise.");
    terminal.press("n");
    terminal.wait_for("exercises/02_gate");
    terminal.press("n");
    terminal.wait_for("This is the last exercise.");
    terminal.press("e");
    terminal.wait_for("set the variable EDITOR");
}

#[test]
fn an_editor_gets_the_terminal_and_gives_it_back() {
    let sandbox = Sandbox::new("sound", "watch_editor");
    let editor = sandbox.root().join("editor.sh");
    sandbox
        .write("editor.sh", "#!/bin/sh\necho an editor\nread line\necho \"// $line\" >> \"$2\"\n");
    let editor = format!("sh {} --wait", editor.display());
    let mut terminal = Terminal::with(&sandbox, &["watch", "gate"], &[("EDITOR", &editor)]);
    terminal.wait_for(IDLE);
    terminal.press("e");
    terminal.wait_for("an editor");
    terminal.press("mine\r");
    terminal.wait_for("lets_through_who_waits");
    assert!(sandbox.read(ANSWER).ends_with("// mine\n"));
}

#[test]
fn in_the_terminal_of_an_editor_the_file_is_opened_there() {
    let sandbox = Sandbox::new("sound", "watch_vscode");
    let (bin, opened) = (sandbox.root().join("bin"), sandbox.root().join("opened"));
    sandbox.write("bin/code", &format!("#!/bin/sh\necho \"$1\" >> {}\n", opened.display()));
    let run = Command::new("chmod").arg("+x").arg(bin.join("code")).status().unwrap();
    assert!(run.success());
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let variables = [("TERM_PROGRAM", "vscode"), ("PATH", &path)];
    let mut terminal = Terminal::with(&sandbox, &["watch", "gate"], &variables);
    terminal.wait_for(IDLE);
    terminal.press("p");
    terminal.wait_for("exercises/01_counter");
    terminal.wait_for(IDLE);
    let opened = sandbox.read("opened");
    let files: Vec<&str> = opened.lines().collect();
    assert_eq!(files.len(), 2, "{opened}");
    assert!(files[0].ends_with("exercises/02_gate/src/lib.rs"), "{opened}");
    assert!(files[1].ends_with("exercises/01_counter/src/lib.rs"), "{opened}");
}

#[test]
fn a_fresh_start_asks_first() {
    let (sandbox, mut terminal) = watch("watch_reset");
    let mine = sandbox.read(ANSWER);
    terminal.press("x");
    terminal.wait_for("Restore the starter");
    terminal.press("n");
    terminal.wait_for_no("Restore the starter");
    assert_eq!(sandbox.read(ANSWER), mine);
    terminal.press("xy");
    terminal.wait_for("Your version is kept in");
    assert_eq!(sandbox.read(ANSWER), sandbox.read("solutions/02_gate/starter.rs"));
    assert_eq!(sandbox.read("exercises/02_gate/kept/1.rs"), mine);
    terminal.wait_for("Waiting is not looking again and again.");
}

#[test]
fn a_save_by_rename_or_in_a_folder_that_was_away_is_noticed() {
    let (sandbox, terminal) = watch("watch_renames");
    terminal.wait_for("lets_through_who_waits");
    sandbox.write("exercises/02_gate/src/.lib.rs.swp", "this does not compile");
    sandbox.rename("exercises/02_gate/src/.lib.rs.swp", ANSWER);
    terminal.wait_for("This does not compile");
    sandbox.rename("exercises/02_gate", "exercises_02_gate");
    sandbox.write("exercises_02_gate/src/lib.rs", &right(&sandbox));
    sandbox.rename("exercises_02_gate", "exercises/02_gate");
    terminal.wait_for("Solved.");
}

#[test]
fn of_two_saves_in_a_row_the_last_one_counts() {
    let (sandbox, terminal) = watch("watch_two_saves");
    let right = right(&sandbox);
    for number in 0..5 {
        sandbox.write(ANSWER, &format!("compile_error!(\"number {number}\");"));
    }
    sandbox.write(ANSWER, &right);
    terminal.wait_for("Solved.");
    // The same content again is not news.
    sandbox.write(ANSWER, &right);
    sandbox.write(ANSWER, &format!("{right}// Again.\n"));
    terminal.wait_for_no("Solved.");
    terminal.wait_for("Solved.");
}

#[test]
fn an_endless_loop_blocks_no_key_and_the_next_save_ends_it() {
    let (sandbox, mut terminal) = watch("watch_endless");
    sandbox.edit(
        ANSWER,
        "// Mine.",
        "const _: () = { let mut n = 0_u64; while n < 1 << 40 { n += 1 } };",
    );
    terminal.wait_for("Compiling");
    terminal.press("?");
    terminal.wait_for("Keys:");
    sandbox.write(ANSWER, &right(&sandbox));
    terminal.wait_for("Solved.");
}

#[test]
fn the_screen_may_change_its_size_or_be_narrow() {
    let (_sandbox, terminal) = watch("watch_sizes");
    terminal.wait_for("lets_through_who_waits");
    terminal.resize(50, 120);
    terminal.wait_for("p previous");
    terminal.resize(20, 60);
    terminal.wait_for_no("p previous");
    assert_snapshot!(terminal.wait_for("q quit"));
    terminal.resize(5, 20);
    terminal.resize(24, 80);
    terminal.wait_for("lets_through_who_waits");
}

#[test]
fn its_end_gives_the_terminal_back() {
    for (test, end) in [("watch_ctrl_c", "\x03"), ("watch_sigterm", "")] {
        let (_sandbox, mut terminal) = watch(test);
        if end.is_empty() {
            kill(Signal::TERM, terminal.pid());
        } else {
            terminal.press(end);
        }
        assert_eq!(terminal.wait_for_the_end(), 0, "{}", terminal.screen());
        terminal.wait_for_no("q quit");
    }
}

#[test]
fn ctrl_z_stops_it_until_the_shell_goes_on_with_it() {
    let sandbox = Sandbox::new("sound", "watch_ctrl_z");
    let script = "grader watch gate; echo It has stopped.; read line; fg; echo It has ended.";
    let mut terminal = Terminal::shell(&sandbox, script);
    terminal.wait_for(IDLE);
    terminal.press("\x1a");
    let screen = terminal.wait_for("It has stopped.");
    assert!(!screen.contains("q quit"), "{screen}");
    terminal.press("\r");
    terminal.wait_for("q quit");
    terminal.press("q");
    terminal.wait_for("It has ended.");
}

#[test]
fn a_changed_course_is_read_again() {
    let (sandbox, mut terminal) = watch("watch_course");
    let yaml = "exercises/02_gate/exercise.yaml";
    sandbox.edit(yaml, "title:", "titles:");
    terminal.wait_for("unknown field `titles`");
    sandbox.edit(yaml, "titles: Gate", "title: Turnpike");
    terminal.wait_for("02 Turnpike");
    sandbox.write("exercises/02_gate/README.md", "# Turnpike\n\nAnother text.\n");
    terminal.press("t");
    terminal.wait_for("Another text.");
}

/// A laptop should not get warm because `watch` is open.
#[cfg(target_os = "linux")]
#[test]
fn it_reads_nothing_while_nothing_changes() {
    let (_sandbox, terminal) = watch("watch_idle");
    terminal.wait_for("lets_through_who_waits");
    let read = || {
        let io = std::fs::read_to_string(format!("/proc/{}/io", terminal.pid())).unwrap();
        io.lines().find(|line| line.starts_with("syscr")).unwrap().to_owned()
    };
    let before = std::cell::RefCell::default();
    // It may still be busy with what the grading has touched.
    terminal.wait("no more reading", |_| {
        std::thread::sleep(std::time::Duration::from_millis(500));
        before.replace(read()) == *before.borrow()
    });
}

#[test]
fn it_ends_when_its_window_is_closed() {
    let (_sandbox, mut terminal) = watch("watch_sighup");
    kill(Signal::HUP, terminal.pid());
    assert_ne!(terminal.wait_for_the_end(), 0);
}

/// Not every system has a command for this.
fn kill(signal: Signal, pid: u32) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn without_a_terminal_it_says_what_to_use() {
    let sandbox = Sandbox::new("sound", "watch_without_a_terminal");
    let ended = sandbox.grader(&["watch"]);
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.stderr, @"error: `watch` needs a terminal; without one, use `grade`");
}
