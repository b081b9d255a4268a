//! What the grader remembers of a learner and no result can tell.

use crate::layout::Layout;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;

/// What the grader remembers of a learner from one run to the next. It is kept in one file, which
/// may be deleted: then hints begin with the first again.
///
/// A file of another version is read as far as it is understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notebook {
    /// How many hints have been given, by the name of the exercise's folder.
    #[serde(default, deserialize_with = "lenient")]
    pub hints: BTreeMap<String, usize>,
    /// The name of the folder of the exercise that was last open in `watch`.
    #[serde(default, deserialize_with = "lenient")]
    pub open: Option<String>,
}

/// Reads a field, or takes its default if it has another form in this version.
fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl Notebook {
    /// Reads the notebook of a course. One that is missing or unreadable counts as empty.
    pub fn read(layout: &Layout) -> Self {
        let text = fs::read(layout.notebook()).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Reads the notebook, changes it, and writes it. Another grader that does the same at the same
    /// time waits for its turn, so neither loses what the other wrote.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn update<T>(layout: &Layout, change: impl FnOnce(&mut Self) -> T) -> anyhow::Result<T> {
        let file = layout.notebook();
        let write = || -> anyhow::Result<T> {
            fs::create_dir_all(&layout.state)?;
            let turn = File::create(file.with_extension("lock"))?;
            turn.lock()?;
            let mut notebook = Self::read(layout);
            let result = change(&mut notebook);
            // Written under another name and renamed, so that nobody reads half of it.
            let mut new = tempfile::NamedTempFile::new_in(&layout.state)?;
            serde_json::to_writer_pretty(&mut new, &notebook)?;
            new.flush()?;
            new.persist(&file)?;
            Ok(result)
        };
        write().with_context(|| format!("writing {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::with_target(folder.path(), &folder.path().join("target"));
        (folder, layout)
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let (_folder, layout) = layout();
        assert_eq!(Notebook::read(&layout), Notebook::default());
        fs::create_dir_all(&layout.state).unwrap();
        let later = r#"{"hints": {"07_lock": 2}, "open": {"exercise": 7}, "medals": [1, 2]}"#;
        fs::write(layout.notebook(), later).unwrap();
        let notebook = Notebook::read(&layout);
        assert_eq!((notebook.hints["07_lock"], notebook.open), (2, None));
        fs::write(layout.notebook(), r#"{"hints": {"07_"#).unwrap();
        assert_eq!(Notebook::read(&layout), Notebook::default());
    }

    #[test]
    fn two_graders_do_not_lose_each_others_notes() {
        let (_folder, layout) = layout();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let layout = &layout;
                scope.spawn(move || {
                    for _ in 0..25 {
                        let note = |notebook: &mut Notebook| {
                            *notebook.hints.entry(format!("{thread}")).or_default() += 1;
                            *notebook.hints.entry("all".to_owned()).or_default() += 1;
                        };
                        Notebook::update(layout, note).unwrap();
                    }
                });
            }
        });
        assert_eq!(Notebook::read(&layout).hints["all"], 100);
    }
}
