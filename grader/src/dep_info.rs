//! What rustc has read for an answer: its own word for it, in the dep-info files that it writes for
//! cargo.
//!
//! [`forbidden`](crate::forbidden) looks for what reads files or the environment before anything is
//! compiled. But only rustc knows what a source text means after its macros are expanded, so only
//! rustc's list decides.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What rustc has read for the answer `answer` (a path as rustc was given it) besides that file, and has
/// written into the dep-info file beside `artifact`: the paths of files and the names of environment
/// variables, as rustc gives them.
///
/// # Errors
/// There is no such file.
pub(crate) fn beside(artifact: &Path, answer: &str) -> io::Result<Vec<String>> {
    // `libgate-0123.rlib` and `gate-0123.d` are of the same run of rustc.
    let name = artifact.file_stem().unwrap_or_default().to_string_lossy();
    let file =
        artifact.with_file_name(name.strip_prefix("lib").unwrap_or(&name)).with_extension("d");
    let text = fs::read_to_string(&file)?;
    Ok(read_in(&text).filter(|read| read != answer).collect())
}

/// The same for an answer that did not compile, so that there is no artifact: what any run of rustc
/// has read for it since `begun`, with results in `folder`. Empty if rustc got no further than the
/// answer's syntax: then it has read nothing else.
pub(crate) fn beside_failed(
    folder: &Path,
    crate_name: &str,
    answer: &str,
    begun: SystemTime,
) -> Vec<String> {
    let is_new = |file: &PathBuf| {
        fs::metadata(file).and_then(|file| file.modified()).is_ok_and(|written| written >= begun)
    };
    let texts = files(folder, crate_name).filter(is_new).flat_map(fs::read_to_string);
    let read: Vec<Vec<String>> = texts.map(|text| read_in(&text).collect()).collect();
    let ours = read.into_iter().filter(|read| read.iter().any(|it| it == answer)).flatten();
    ours.filter(|read| read != answer).collect()
}

/// The dep-info files of the crate `name` in `folder`.
fn files(folder: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
    let start = format!("{name}-");
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(move |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&start) && name.ends_with(".d")
    })
}

/// The files and the environment variables that a dep-info file lists.
fn read_in(text: &str) -> impl Iterator<Item = String> {
    // Each source has a line of its own, such as `src/lib.rs:`, for `make`.
    text.lines().filter_map(|line| match line.strip_prefix("# env-dep:") {
        Some(variable) => variable.split('=').next().map(str::to_owned),
        None => line.strip_suffix(':').map(|file| file.replace("\\ ", " ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_variables_are_listed() {
        let text = "/t/deps/lock-1.d: lock-model/src/lib.rs /a\\ b/c.rs\n\n\
                    lock-model/src/lib.rs:\n/a\\ b/c.rs:\n\n# env-dep:HOME=/root\n# env-dep:NONE\n";
        let read: Vec<_> = read_in(text).collect();
        assert_eq!(read, ["lock-model/src/lib.rs", "/a b/c.rs", "HOME", "NONE"]);
    }
}
