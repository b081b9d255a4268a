//! Writes files only if their content changes, so that cargo rebuilds only what has changed.

use anyhow::Context;
use std::fs;
use std::path::Path;

/// Writes `content` to `path`, unless the file already has it, so that its modification time stays
/// the same.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}
