//! The manual as man pages.

use super::command_line::CommandLine;
use anyhow::Context;
use clap::CommandFactory;
use std::fs;
use std::path::Path;

/// Writes a man page for the grader and one for each command to `folder`.
///
/// # Errors
/// A page cannot be written.
pub fn write_pages(folder: &Path) -> anyhow::Result<()> {
    let context = || format!("writing the manual to `{}`", folder.display());
    fs::create_dir_all(folder).with_context(context)?;
    clap_mangen::generate_to(CommandLine::command(), folder).with_context(context)
}
