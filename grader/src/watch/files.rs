//! Notices when a learner saves a file.

use anyhow::Context;
use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{DebounceEventResult, Debouncer, new_debouncer};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Editors save in several steps: write, rename, change the mode. What happens within this time
/// counts as one.
const ONE_SAVE: Duration = Duration::from_millis(60);

/// Watches the files of a course.
pub(super) struct Files {
    changed: Receiver<DebounceEventResult>,
    // Watches for as long as it lives.
    _watcher: Debouncer<RecommendedWatcher>,
}

impl Files {
    /// Watches everything in `folder`: a folder and not a file, so that a file that is replaced, or
    /// removed and written again, is still watched.
    ///
    /// # Errors
    /// The folder cannot be watched.
    pub(super) fn watch(folder: &Path) -> anyhow::Result<Self> {
        let (say, changed) = mpsc::channel();
        let mut watcher = new_debouncer(ONE_SAVE, say).context("watching for changed files")?;
        watcher
            .watcher()
            .watch(folder, RecursiveMode::Recursive)
            .with_context(|| format!("watching {}", folder.display()))?;
        Ok(Self { changed, _watcher: watcher })
    }

    /// The files that may have changed since this was last called. Does not wait.
    pub(super) fn changed(&self) -> Vec<PathBuf> {
        self.changed.try_iter().flatten().flatten().map(|event| event.path).collect()
    }
}
