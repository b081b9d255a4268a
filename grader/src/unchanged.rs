//! Files that are written only where their content changes, so that cargo builds only what did.

use anyhow::Context;
use std::fs;
use std::path::Path;

/// Write `content`, unless the file has it already and cargo should see that it has not changed.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}
