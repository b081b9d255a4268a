//! Incremental compilation, for answers that are built again and again.
//!
//! Cargo can turn it on only for a whole build, and a crate of the grader's that is compiled
//! incrementally is another one for cargo than the same crate without: the worlds would be built
//! once for a learner's answers and once more for the authors'. So cargo's profile leaves it off,
//! and a wrapper around rustc, which cargo calls for the answers only, turns it on.

use crate::layout::Layout;
use anyhow::Context;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// Cargo runs this with rustc's path and arguments. rustc keeps its results beside it.
const SCRIPT: &str = "#!/bin/sh\nexec \"$@\" -C incremental=\"${0%/*}\"\n";

/// Writes the wrapper, and returns its path for cargo's `RUSTC_WORKSPACE_WRAPPER`.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn wrapper(layout: &Layout) -> anyhow::Result<PathBuf> {
    let folder = std::path::absolute(layout.incremental())?;
    let file = folder.join("rustc");
    if fs::read(&file).is_ok_and(|present| present == SCRIPT.as_bytes()) {
        return Ok(file);
    }
    // Renamed once it is complete, so that no other process finds half of it.
    let write = || -> anyhow::Result<()> {
        fs::create_dir_all(&folder)?;
        let made = tempfile::NamedTempFile::new_in(&folder)?;
        fs::write(made.path(), SCRIPT)?;
        fs::set_permissions(made.path(), Permissions::from_mode(0o755))?;
        made.persist(&file)?;
        Ok(())
    };
    write().with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}
