//! Answers that try to get points without solving anything, by what they make the compiler read.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;
use std::os::unix::fs::symlink;

/// A sandbox in which `solutions/` holds what the attacker would like to have.
fn sandbox(test: &str) -> Sandbox {
    let sandbox = Sandbox::new("sound", test);
    sandbox.write("secret.txt", "a secret");
    sandbox
}

/// Grades `answer` for the gate. Returns the score and the report, in which the secret must not be.
fn graded(sandbox: &Sandbox, answer: &str) -> (u64, String) {
    sandbox.write("attack/answer.rs", answer);
    let args = ["gate", "--submission", "attack/answer.rs"];
    let (_, report) = sandbox.grade_as_json(&args);
    let ended = sandbox.grader(&[&["grade"], &args[..]].concat());
    assert!(!format!("{report}{}{}", ended.stdout, ended.stderr).contains("a secret"), "{answer}");
    // The honest are graded as before, in the same run and after it.
    assert_eq!(sandbox.grade_as_json(&["--submission", "solutions"]).0, 0);
    (report["score"].as_u64().unwrap(), ended.stdout)
}

#[test]
fn a_file_named_through_a_macro() {
    let sandbox = sandbox("attack_path_through_a_macro");
    let reference = sandbox.root().join("solutions/02_gate/reference.rs");
    let answer = format!(
        "macro_rules! m {{ ($p:ident $k:ident $n:ident {{}}) => {{ #[$p = {reference:?}] $k $n; }} }}\n\
         m!(path mod stolen {{}});\npub use stolen::*;\n"
    );
    let (score, report) = graded(&sandbox, &answer);
    assert_eq!(score, 0);
    assert_snapshot!(report);
}

#[test]
fn a_first_line_that_only_the_compiler_strips() {
    let sandbox = sandbox("attack_first_line");
    let reference = sandbox.root().join("solutions/02_gate/reference.rs");
    for first in ["#!/*", "#! \"", "#!/bin/sh '"] {
        let answer =
            format!("{first}\n#[path = {reference:?}] mod stolen;\npub use stolen::*;\n//*/\n");
        let (score, report) = graded(&sandbox, &answer);
        assert_eq!(score, 0, "{first}: {report}");
        assert!(report.contains("a first line `#!…` is not allowed"), "{report}");
    }
}

#[test]
fn a_link_to_the_reference() {
    let sandbox = sandbox("attack_link");
    sandbox.write("attack/x", "");
    let link = sandbox.root().join("attack/answer.rs");
    symlink(sandbox.root().join("solutions/02_gate/reference.rs"), link).unwrap();
    let (_, report) = sandbox.grade_as_json(&["gate", "--submission", "attack/answer.rs"]);
    assert_eq!(report["score"], 0);
    let ended = sandbox.grader(&["grade", "gate", "--submission", "attack/answer.rs"]);
    assert!(ended.stdout.contains("symbolic link"), "{}", ended.stdout);
}

#[test]
fn messages_show_no_other_file() {
    let sandbox = sandbox("attack_messages");
    let secret = sandbox.root().join("secret.txt");
    let through_a_macro = "macro_rules! m { ($p:ident $k:ident $n:ident {}) => { #[$p = PATH] $k $n; } }\n\
                           m!(path mod stolen {});\n";
    for answer in [
        // rustc would quote the line that is no Rust.
        through_a_macro.replace("PATH", &format!("{secret:?}")),
        // The text of the message would be the secret.
        format!("#!/*\ncompile_error!(include_str!({secret:?}));\n//*/"),
    ] {
        let (score, report) = graded(&sandbox, &answer);
        assert_eq!(score, 0, "{report}");
        assert!(report.contains("not allowed") || report.contains("the compiler read"), "{report}");
    }
}

#[test]
fn harmless_code_is_not_refused() {
    let sandbox = sandbox("attack_harmless");
    let reference = sandbox.read("solutions/02_gate/reference.rs");
    let harmless = "#![allow(dead_code)]\n#![allow(unused_macros)]\n\
                    macro_rules! twice { ($e:expr) => { $e + $e } }\n\
                    mod inner { pub fn path() -> u32 { twice!(1) } }\n";
    let (score, report) =
        graded(&sandbox, &format!("{harmless}{}", reference.replace("//!", "//")));
    assert_eq!(score, 3, "{report}");
}

/// Whoever may start programs can find the file with the records and what is written in it so far.
#[test]
fn a_record_written_by_a_shell() {
    let sandbox = Sandbox::new("able", "attack_record");
    let checks = "exercises/01_relay/exercise.yaml";
    sandbox.edit(checks, "  - name: relays\n", "  - name: relays\n    worlds: [native]\n");
    let script = r#"
        record=$(ls -l /proc/$PPID/fd | grep -o '/[^ ]*/record$' | head -n 1)
        secret=$(grep -o '"secret":"[^"]*"' "$record" | tail -n 1)
        outcome='{"failure":null,"coverage":{"systematic":50,"random":0,"bound":null,"odd_events":null,"exhausted":false},"trace":null,"replay":null}'
        echo "{$secret,\"entry\":{\"ended\":$outcome}}" >> "$record"
        cp "$record" copy_of_the_record
    "#;
    let answer = format!(
        "pub fn relay(_: impl std::io::BufRead, _: impl std::io::Write) {{\n\
         let _ = std::process::Command::new(\"sh\").args([\"-c\", {script:?}]).status();\n\
         std::process::exit(0)\n}}\n"
    );
    sandbox.write("attack/answer.rs", &answer);
    let (_, report) = sandbox.grade_as_json(&["relay", "--submission", "attack/answer.rs"]);
    assert_eq!(report["score"], 0, "{report:#}");
    // It did get as far as writing the line.
    let stage = "target/grader/stage/grade/relay-native/copy_of_the_record";
    assert!(sandbox.read(stage).contains("\"ended\""), "{}", sandbox.read(stage));
}
