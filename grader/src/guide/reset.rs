//! A fresh start: the learner's file becomes the starter again.

use crate::course::Course;
use crate::world::ANSWER;
use anyhow::Context;
use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The folder, in an exercise's folder, for files that were replaced by the starter.
pub(crate) const KEPT: &str = "kept";

/// What a fresh start did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The file was the starter already.
    Unchanged {
        /// The file, relative to the course.
        file: PathBuf,
    },
    /// The file is the starter now. What it was before is in another file.
    Restored {
        /// The file, relative to the course.
        file: PathBuf,
        /// That other file, relative to the course. `None` if there was no file before.
        kept: Option<PathBuf>,
    },
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged { file } => write!(f, "{} is the starter already.", file.display()),
            Self::Restored { file, kept: None } => {
                write!(f, "{} is the starter now.", file.display())
            }
            Self::Restored { file, kept: Some(kept) } => {
                let (file, kept) = (file.display(), kept.display());
                write!(f, "Your version is kept in {kept}. {file} is the starter now.")
            }
        }
    }
}

/// Why an exercise cannot be started again.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The course was handed out without the folder that has the starters.
    #[error(
        "this copy of the course does not have the starter, `solutions/{id}/starter.rs`. If you got the \
         course with git, save your file elsewhere and restore the first version of \
         `exercises/{id}/{ANSWER}`"
    )]
    NoStarter {
        /// The name of the exercise's folder.
        id: String,
    },
    /// A file cannot be read or written. Nothing was lost.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

/// Replaces the learner's file of the exercise in the folder `id` by the starter. The exercise may be
/// one that was left out, because its file is missing.
/// The file as it was is kept beside it,
/// in a folder that git ignores, before anything is replaced.
///
/// # Errors
/// There is no starter, or a file cannot be written.
pub fn reset(course: &Course, id: &str) -> Result<Reset, ResetError> {
    let Some(starter) = course.starter(id) else {
        return Err(ResetError::NoStarter { id: id.to_owned() });
    };
    let exercise = Path::new("exercises").join(id);
    let file = exercise.join(ANSWER);
    let path = course.root.join(&file);
    let context = || format!("starting `{id}` again");
    let kept = match fs::read(&path) {
        Ok(content) if content == starter.as_bytes() => return Ok(Reset::Unchanged { file }),
        Ok(content) => Some(keep(&course.root, &exercise, &content).with_context(context)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(anyhow::Error::new(error).context(context()).into()),
    };
    write(&path, starter.as_bytes()).with_context(context)?;
    Ok(Reset::Restored { file, kept })
}

/// Writes `content` into the first free file of the exercise's [`KEPT`] folder. Returns its path,
/// relative to the course at `root`.
fn keep(root: &Path, exercise: &Path, content: &[u8]) -> anyhow::Result<PathBuf> {
    let folder = root.join(exercise).join(KEPT);
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    for number in 1.. {
        let name = format!("{number}.rs");
        let file = folder.join(&name);
        match File::create_new(&file) {
            Ok(mut new) => {
                new.write_all(content)
                    .and_then(|()| new.sync_all())
                    .with_context(|| format!("writing {}", file.display()))?;
                return Ok(exercise.join(KEPT).join(name));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("writing {}", file.display())),
        }
    }
    anyhow::bail!("{} is full", folder.display())
}

/// Writes a file under another name and renames it, so that nobody reads half of it.
fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("the file has no folder")?;
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(content)?;
    let mut permissions = new.as_file().metadata()?.permissions();
    if let Ok(before) = fs::metadata(path) {
        permissions = before.permissions();
    } else {
        // A temporary file is for its owner alone; a source file is not.
        permissions.set_mode(0o644);
    }
    new.as_file().set_permissions(permissions)?;
    new.persist(path).with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}
