//! Notices when a learner saves a file.

use anyhow::Context;
use notify_debouncer_full::notify::{Config, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};
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
    _watcher: Debouncer<RecommendedWatcher, NoCache>,
}

impl Files {
    /// Watches everything in `folder`: a folder and not a file, so that a file that is replaced, or
    /// removed and written again, is still watched.
    ///
    /// # Errors
    /// The folder cannot be watched.
    pub(super) fn watch(folder: &Path) -> anyhow::Result<Self> {
        let (say, changed) = mpsc::channel();
        // The two halves of a rename need not be brought together: both files are looked at.
        let watcher = new_debouncer_opt(ONE_SAVE, None, say, NoCache, Config::default());
        let mut watcher = watcher.context("watching for changed files")?;
        watcher
            .watch(folder, RecursiveMode::Recursive)
            .with_context(|| format!("watching {}", folder.display()))?;
        Ok(Self { changed, _watcher: watcher })
    }

    /// The files that may have changed since this was last called. Does not wait.
    pub(super) fn changed(&self) -> Vec<PathBuf> {
        let events = self.changed.try_iter().flatten().flatten();
        // Whoever looks at a file because it was read makes the next event.
        let changes = events.filter(|event| !event.kind.is_access());
        changes.flat_map(|event| event.event.paths).collect()
    }
}
