//! What the course says about itself, apart from its answers: snippets run, and links lead
//! somewhere.

use grader::graded::Exit;
use grader::process::{self, Limits};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The README of each exercise, by its folder's name.
fn readmes() -> BTreeMap<String, String> {
    let entries = fs::read_dir(root().join("exercises")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let read = |folder: fs::DirEntry| {
        let name = folder.file_name().into_string().unwrap();
        (name, fs::read_to_string(folder.path().join("README.md")).unwrap())
    };
    folders.map(read).collect()
}

/// The fenced blocks of `language`.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// If a shell runs the tests in the background, they ignore Ctrl-C; child processes inherit that,
/// and Python then leaves it as it is.
const CTRL_C: &str = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n";

/// The Python counterpart of each exercise is a program that runs. Needs Python on the machine.
#[test]
fn python_snippets_run() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        eprintln!("no python3 on this machine: the snippets were not run");
        return;
    }
    // All at once: they sleep more than they compute.
    let run = |(exercise, readme): (String, String)| {
        let snippets = blocks(&readme, "python");
        assert!(!snippets.is_empty(), "{exercise} shows no Python counterpart");
        let exits = snippets.into_iter().map(exit_of).filter(|exit| *exit != Exit::Code(0));
        exits.map(|exit| format!("{exercise}: {exit:?}")).collect::<Vec<_>>()
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let runs: Vec<_> = readmes().into_iter().map(|it| scope.spawn(move || run(it))).collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{failures:#?}");
}

/// How a Python program ends.
fn exit_of(snippet: &str) -> Exit {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snippet.py");
    fs::write(&file, format!("{CTRL_C}{snippet}")).unwrap();
    let limits = Limits { wall: 120, still: 0, cpu: 60, memory: 4 << 30, output: 1 << 20 };
    let mut command = process::limited("python3", limits);
    command.arg(&file).current_dir(folder.path()).stdin(Stdio::null());
    command.stdout(Stdio::null());
    process::run(&mut command, limits).unwrap()
}

/// Links between the course's own pages lead to files that exist.
#[test]
fn links_lead_somewhere() {
    let root = root();
    let pages = ["README.md", "CONTRIBUTING.md"].map(|name| root.join(name));
    let exercises = readmes().into_keys().flat_map(|exercise| {
        let (task, answers) = (root.join("exercises"), root.join("solutions"));
        [task.join(&exercise).join("README.md"), answers.join(exercise).join("EXPLAINED.md")]
    });
    let mut dead = Vec::new();
    for page in pages.into_iter().chain(exercises) {
        // Every second part is code.
        let text = fs::read_to_string(&page).unwrap();
        let prose: String = text.split("\n```").step_by(2).collect();
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap();
            if !page.parent().unwrap().join(file).exists() {
                dead.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// Each task says how to run it, with `cargo test` and with the grader.
#[test]
fn tasks_say_how_to_run_them() {
    for (exercise, readme) in readmes() {
        let name = exercise.split_once('_').unwrap().1;
        for command in [format!("cargo test -p {name}"), format!("grade {name}")] {
            assert!(readme.contains(&command), "{exercise} does not say `{command}`");
        }
    }
}

/// No page names a command that the grader does not have.
#[test]
fn commands_exist() {
    let pages = readmes().into_iter();
    let course = fs::read_to_string(root().join("README.md")).unwrap();
    for (page, text) in pages.chain([("the course".to_owned(), course)]) {
        for rest in text.split("cargo run -p grader -- ").skip(1) {
            let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            let known = word.is_empty() || grader::cli::commands().contains(&word);
            assert!(known, "{page} names `grader {word}`, which does not exist");
        }
    }
}

/// `verify` writes the course map, if the README has a place for it.
#[test]
fn the_readme_has_a_map() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(grader::generated::has_map(&readme));
}
