//! Completion in shells: the script that a shell reads once, and the answers to it whenever somebody
//! presses the tabulator key.

use super::command_line::CommandLine;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};
use std::io::Write;
use std::{env, io};

/// Set by the script when a shell asks.
const ASKED: &str = "GRADER_COMPLETE";

/// If it is a shell that asks, answers it and exits the process.
pub fn answer_a_shell() {
    CompleteEnv::with_factory(CommandLine::command).var(ASKED).complete();
}

/// Writes the script by which `shell` completes command lines.
///
/// # Errors
/// The grader does not know its own path, or the script cannot be written.
pub fn write_script(shell: Shell, mut to: impl Write) -> io::Result<()> {
    let program = env::current_exe()?.to_string_lossy().into_owned();
    let known = Shells::builtins();
    let shell = known.completer(&shell.to_string());
    // Each shell for which clap writes a script of its own asks in its own way, too.
    let shell = shell.ok_or(io::ErrorKind::Unsupported)?;
    shell.write_registration(ASKED, "grader", "grader", &program, &mut to)
}
