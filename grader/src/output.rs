//! What a child printed, as far as a person should see it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// As much of the end of a file as is looked at, in bytes.
const TAIL: u64 = 64 << 10;
/// As much as is kept, in lines.
const LINES: usize = 40;

/// What stands in `file` after the last line that consists of `marker` alone: there the failing
/// schedule begins. Without such a line, all of it. Cut to its last part where it is long, and
/// without what the test harness says of itself.
///
/// # Errors
/// The file cannot be read.
pub fn after(file: &Path, marker: &str) -> io::Result<String> {
    let text = tail(file)?;
    let own = match text.rsplit_once(&format!("{marker}\n")) {
        Some((_, own)) => own,
        None => &text,
    };
    Ok(cut(without_last_panic(without_harness(own))))
}

/// The end of a file as text.
///
/// # Errors
/// The file cannot be read.
pub fn tail(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut content = Vec::new();
    file.take(TAIL).read_to_end(&mut content)?;
    Ok(String::from_utf8_lossy(&content).into_owned())
}

/// Where the harness goes on after a check: libtest's own summary.
const HARNESS: [&str; 2] = ["\nfailures:\n", "\ntest result: "];

/// libtest announces the test before it, and sums up after it.
fn without_harness(text: &str) -> &str {
    let text = text.strip_prefix("\nrunning 1 test\n").unwrap_or(text);
    let text = match text.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) {
        Some((name, rest)) if !name.contains(['\n', ' ']) => rest,
        _ => text,
    };
    let end = HARNESS.iter().filter_map(|line| text.find(line)).min();
    let text = end.map_or(text, |end| &text[..end]);
    let text = text.trim_matches('\n');
    text.strip_suffix("FAILED").unwrap_or(text).trim_matches('\n')
}

/// A failed check ends with a panic of the world's own, which tells libtest and nobody else.
fn without_last_panic(text: &str) -> &str {
    let Some(start) = text.rfind("\nthread '").or(text.starts_with("thread '").then_some(0)) else {
        return text;
    };
    let is_worlds = text[start..].contains("-std/src/check.rs:");
    if is_worlds { text[..start].trim_end_matches('\n') } else { text }
}

fn cut(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    match lines.len().checked_sub(LINES) {
        None | Some(0) => text.to_owned(),
        Some(left_out) => {
            let kept = lines[left_out..].join("\n");
            format!("… {left_out} lines before these\n{kept}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        after(file.path(), "nonce").unwrap()
    }

    #[test]
    fn only_the_last_schedule_counts() {
        assert_eq!(read("first\nnonce\nsecond\nnonce\nthird\n"), "third");
    }

    #[test]
    fn the_harness_is_not_shown() {
        let content = "\nrunning 1 test\ntest nests ... mine\nFAILED\n\nfailures:\n\nfailures:\n    \
                       nests\n\ntest result: FAILED. 0 passed\n";
        assert_eq!(read(content), "mine");
        assert_eq!(read("\nrunning 1 test\ntest nests ... ok\n"), "ok");
    }

    #[test]
    fn the_worlds_own_panic_is_not_shown() {
        let last = "\nthread 'nests' (7) panicked at /c/worlds/model-std/src/check.rs:25:5:\n\
                    nests failed\nnote: run with `RUST_BACKTRACE=1`\n";
        assert_eq!(read(&format!("nonce\nmine\n{last}")), "mine");
        assert_eq!(read(&format!("nonce\n{last}")), "");
        let own = "thread 'nests' (7) panicked at x-native/tests/checks.rs:3:5:\nno";
        assert_eq!(read(&format!("nonce\n{own}\n{last}")), own);
    }

    #[test]
    fn endless_output_is_cut() {
        let lines: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
        let shown = read(&lines);
        assert!(shown.ends_with("line 99999"));
        assert_eq!(shown.lines().count(), LINES + 1);
    }
}
