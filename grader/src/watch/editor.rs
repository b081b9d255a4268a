//! Opens the learner's file in their editor.

use anyhow::{Context, ensure};
use std::path::Path;
use std::process::{Command, Stdio};

/// The user's editor, as a command and its arguments. `None` if they have named none.
pub(super) fn wanted() -> Option<Vec<String>> {
    let of = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let command = of("VISUAL").or_else(|| of("EDITOR"))?;
    Some(command.split_whitespace().map(str::to_owned).collect())
}

/// Whether this is the terminal of an editor that opens files by itself when told to.
pub(super) fn is_around() -> bool {
    std::env::var("TERM_PROGRAM").is_ok_and(|program| program == "vscode")
}

/// Opens `file` in the editor whose terminal this is. It does not wait, and the terminal stays as it
/// is. Without the editor's command nothing happens.
pub(super) fn open_around(file: &Path) {
    let quiet = |command: &str| {
        Command::new(command)
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    // Forks of the editor have other names and say the same of themselves.
    for command in ["code", "codium", "cursor"] {
        if let Ok(mut child) = quiet(command) {
            std::thread::spawn(move || child.wait());
            return;
        }
    }
}

/// Opens `file` with the editor `command` and waits until it is closed. The terminal must be free.
///
/// # Errors
/// The editor cannot be started, or it fails.
pub(super) fn edit(command: &[String], file: &Path) -> anyhow::Result<()> {
    let (program, arguments) = command.split_first().context("the variable EDITOR is empty")?;
    let status = Command::new(program)
        .args(arguments)
        .arg(file)
        .status()
        .with_context(|| format!("starting the editor `{program}`"))?;
    ensure!(status.success(), "the editor `{program}` failed");
    Ok(())
}
