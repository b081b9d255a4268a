//! A copy of a course that a test may change.

use grader::layout::Layout;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::WalkDir;

/// A copy of one of the courses in `tests/courses/`.
pub(crate) struct Sandbox {
    root: PathBuf,
}

/// How a run of the grader ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// A fresh copy of `course` for the test called `test`. Builds go to the course's own build
    /// folder, so that the worlds are compiled only once.
    pub(crate) fn new(course: &str, test: &str) -> Self {
        let tmp = Path::new(env!("CARGO_TARGET_TMPDIR")).canonicalize().unwrap();
        let root = tmp.join("sandboxes").join(test);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/courses").join(course);
        for entry in WalkDir::new(&original) {
            let entry = entry.unwrap();
            let copy = root.join(entry.path().strip_prefix(&original).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir_all(copy).unwrap();
            } else {
                fs::copy(entry.path(), copy).unwrap();
            }
        }
        let state = root.join("target/grader");
        fs::create_dir_all(&state).unwrap();
        let build = tmp.join("../grader/build");
        fs::create_dir_all(&build).unwrap();
        std::os::unix::fs::symlink(build.canonicalize().unwrap(), state.join("build")).unwrap();
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The layout of the copy.
    pub(crate) fn layout(&self) -> Layout {
        Layout::with_target(&self.root, &self.root.join("target"))
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, content: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.root.join(file)).unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.root.join(from), self.root.join(to)).unwrap();
    }

    /// Replaces `old` in `file`, which must contain it.
    pub(crate) fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "`{old}` is not in {file}");
        self.write(file, &text.replace(old, new));
    }

    /// Runs the grader in the copy.
    pub(crate) fn grader(&self, args: &[&str]) -> Ended {
        self.grader_in("", args)
    }

    /// Runs the grader in a folder of the copy.
    pub(crate) fn grader_in(&self, folder: &str, args: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_grader"))
            .args(args)
            .current_dir(self.root.join(folder))
            // The environment of the tests may set it.
            .env_remove("CARGO_TARGET_DIR")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let root = self.root.to_string_lossy();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        // Reports are wrapped, so a longer root would make another report.
        let full = stdout.lines().find(|line| line.contains(&*root));
        assert_eq!(full, None, "a report names a file by its full path: {args:?}");
        let code = output.status.code().unwrap_or(-1);
        Ended { code, stdout, stderr: stderr.replace(&*root, "[course]") }
    }

    /// Grades with `args` and reads the report as JSON.
    pub(crate) fn grade_as_json(&self, args: &[&str]) -> (i32, serde_json::Value) {
        let ended = self.grader(&[&["grade", "--format", "json"], args].concat());
        let report = serde_json::from_str(&ended.stdout);
        (ended.code, report.unwrap_or_else(|error| panic!("{error}: {}", ended.stderr)))
    }
}

/// The name and verdict of each check of the exercise at `index` in a JSON report.
pub(crate) fn verdicts(report: &serde_json::Value, index: usize) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let checks = report["exercises"][index]["checks"].as_array().unwrap();
    checks.iter().map(|check| (text(&check["name"]), text(&check["verdict"]))).collect()
}
