//! The locations of the worlds, the lock file, and the grader's own files.

use std::path::{Path, PathBuf};

/// The folders that a run uses.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The course's folder.
    pub root: PathBuf,
    /// The crates that replace `std` and `core`.
    pub worlds: PathBuf,
    /// The package that makes a site of a book.
    pub book: PathBuf,
    /// The lock file, with the version of every crate, chosen by the course's author.
    pub lockfile: PathBuf,
    /// The grader's own files: the stage, the build output, the cache. May be deleted at any time.
    pub state: PathBuf,
}

impl Layout {
    /// The layout of the course at `root`. The grader's own files are kept in the course's cargo
    /// target folder.
    pub fn of(root: &Path) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target.and_then(|target| std::path::absolute(target).ok());
        Self::with_target(root, &target.unwrap_or_else(|| root.join("target")))
    }

    /// The layout of the course at `root`, with the grader's own files below `target`.
    pub fn with_target(root: &Path, target: &Path) -> Self {
        // A course kept apart from the grader uses the worlds that came with the grader.
        let grader = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = root.join("grader");
        let grader = if own.join("worlds").is_dir() { own.as_path() } else { grader };
        let lockfiles = [root.join("Cargo.lock"), grader.join("../Cargo.lock")];
        let [of_course, of_grader] = lockfiles;
        Self {
            root: root.to_owned(),
            worlds: grader.join("worlds"),
            book: grader.join("book"),
            lockfile: if of_course.is_file() { of_course } else { of_grader },
            state: target.join("grader"),
        }
    }

    /// The generated packages: one workspace for each purpose.
    pub fn stage(&self, purpose: &str) -> PathBuf {
        self.state.join("stage").join(purpose)
    }

    /// The native world with abilities: one package for each set that an exercise requests.
    pub fn able_worlds(&self) -> PathBuf {
        self.state.join("worlds")
    }

    /// The build output of all stages.
    pub fn build(&self) -> PathBuf {
        self.state.join("build")
    }

    /// What rustc keeps of the answers that are built incrementally.
    pub fn incremental(&self) -> PathBuf {
        self.state.join("incremental")
    }

    /// The source of the course's book.
    pub fn book_source(&self) -> PathBuf {
        self.state.join("book")
    }

    /// What the grader remembers of a learner.
    pub fn notebook(&self) -> PathBuf {
        self.state.join("notebook.json")
    }

    /// The results of earlier runs.
    pub fn cache(&self) -> PathBuf {
        self.state.join("cache")
    }
}
