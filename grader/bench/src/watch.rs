//! From a saved file to the verdict on the screen: our `watch` against that of rustlings, in one run,
//! with the same kind of edit to an exercise that is solved and stays so.
//!
//! Rustlings builds the program, runs it, runs its tests and clippy. Ours builds it for two worlds and
//! runs every check. Rustlings gets a small program with threads and a test, because its own exercises
//! with threads sleep.

use crate::edit::{Copy, edit};
use crate::summary::{print_heading, print_pairs};
use crate::terminal::{self, Terminal};
use anyhow::{Context, ensure};
use grader::course::Exercise;
use portable_pty::CommandBuilder;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Edits per exercise.
const ROUNDS: usize = 9;
/// The exercise of rustlings whose file gets our program.
const THEIRS: &str = "arc1";
/// What rustlings shows when an exercise is solved.
const DONE: &str = "Exercise done";
/// What our `watch` shows then.
const SOLVED: &str = "Solved.";

/// What is compared.
const HEADINGS: [&str; 2] = ["watch", "rustlings watch"];

pub fn measure(root: &Path, exercises: &[&Exercise]) -> anyhow::Result<()> {
    let copy = Copy::of(root)?;
    copy.cargo(&["build", "--package", "grader"])?;
    let theirs = Rustlings::start()?;
    println!("From a saved file to the verdict on the screen, seconds, median of {ROUNDS} rounds");
    print_heading(HEADINGS);
    for exercise in exercises {
        let ours = Ours::start(&copy, exercise)?;
        let mut pairs = Vec::new();
        for round in 0..ROUNDS {
            pairs.push((ours.edit(round)?, theirs.edit(round)?));
        }
        print_pairs(&exercise.id, HEADINGS, &pairs);
    }
    println!();
    Ok(())
}

struct Ours {
    terminal: Terminal,
    file: PathBuf,
}

impl Ours {
    fn start(copy: &Copy, exercise: &Exercise) -> anyhow::Result<Self> {
        let mut command = CommandBuilder::new(copy.folder.join("target/debug/grader"));
        command.args(["watch", &exercise.name]);
        command.env("CARGO_TARGET_DIR", copy.folder.join("target"));
        command.cwd(&copy.folder);
        let terminal = Terminal::run(command)?;
        terminal.wait(&exercise.name, |screen| screen.contains(SOLVED))?;
        let file = copy.folder.join("exercises").join(&exercise.id).join("src/lib.rs");
        Ok(Self { terminal, file })
    }

    fn edit(&self, round: usize) -> anyhow::Result<f64> {
        let begun = Instant::now();
        edit(&self.file, round)?;
        self.terminal.wait("the save to be noticed", |screen| !screen.contains(SOLVED))?;
        self.terminal.wait("the verdict", |screen| screen.contains(SOLVED))?;
        Ok(begun.elapsed().as_secs_f64())
    }
}

struct Rustlings {
    terminal: Terminal,
    file: PathBuf,
    // Its exercises, outside this workspace, to which they would be added.
    _folder: TempDir,
}

impl Rustlings {
    /// Starts rustlings with fresh copies of its exercises.
    fn start() -> anyhow::Result<Self> {
        let program =
            terminal::find("rustlings", "`cargo install rustlings --version 6.5.0 --locked`")?;
        let folder = tempfile::tempdir()?;
        let mut init = Command::new(&program)
            .arg("init")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        init.stdin.take().context("it has no input")?.write_all(b"\n")?;
        ensure!(init.wait()?.success(), "`rustlings init` failed");
        let home = folder.path().join("rustlings");
        let state = format!("DON'T EDIT THIS FILE!\n\n{THEIRS}\n\n");
        fs::write(home.join(".rustlings-state.txt"), state)?;
        let folders = fs::read_dir(home.join("exercises"))?.flatten();
        let mut files = folders.map(|folder| folder.path().join(format!("{THEIRS}.rs")));
        let file = files.find(|file| file.is_file());
        let file = file.with_context(|| format!("rustlings has no exercise {THEIRS}"))?;
        fs::write(&file, program_text("first"))?;
        let mut command = CommandBuilder::new(&program);
        command.cwd(&home);
        command.env_remove("CARGO_TARGET_DIR");
        let terminal = Terminal::run(command)?;
        terminal.wait("rustlings", |screen| screen.contains("first") && screen.contains(DONE))?;
        Ok(Self { terminal, file, _folder: folder })
    }

    fn edit(&self, round: usize) -> anyhow::Result<f64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let token = format!("edited-{round}-{now}");
        let begun = Instant::now();
        fs::write(&self.file, program_text(&token))?;
        let is_done = |screen: &str| screen.contains(&token) && screen.contains(DONE);
        self.terminal.wait("the verdict of rustlings", is_done)?;
        Ok(begun.elapsed().as_secs_f64())
    }
}

/// A solved exercise of the size of theirs: it prints `token`, and has one test.
fn program_text(token: &str) -> String {
    format!(
        r#"// Counts on several threads.
use std::sync::{{Arc, Mutex}};
use std::thread;

fn count(threads: u32, times: u32) -> u32 {{
    let count = Arc::new(Mutex::new(0));
    let handles: Vec<_> = (0..threads)
        .map(|_| {{
            let count = Arc::clone(&count);
            thread::spawn(move || {{
                for _ in 0..times {{
                    *count.lock().unwrap() += 1;
                }}
            }})
        }})
        .collect();
    for handle in handles {{
        handle.join().unwrap();
    }}
    *count.lock().unwrap()
}}

fn main() {{
    println!("{token}: {{}}", count(4, 1000));
}}

#[cfg(test)]
mod tests {{
    use super::*;

    #[test]
    fn nothing_is_lost() {{
        assert_eq!(count(4, 1000), 4000);
    }}
}}
"#
    )
}
