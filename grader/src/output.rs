//! What a child printed, as far as a person should see it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// As much of the end of a file as is looked at, in bytes.
const TAIL: u64 = 64 << 10;
/// As much as is kept, in lines.
const LINES: usize = 200;

/// What stands in `file` after the last line that consists of `marker` alone: there the failing
/// schedule begins. Without such a line, all of it. Cut to its last part where it is long.
///
/// # Errors
/// The file cannot be read.
pub fn after(file: &Path, marker: &str) -> io::Result<String> {
    let text = tail(file)?;
    let own = match text.rsplit_once(&format!("{marker}\n")) {
        Some((_, own)) => own,
        None => &text,
    };
    Ok(cut(without_announcement(own).trim_matches('\n')))
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

/// libtest announces the test on the line on which the check then goes on.
fn without_announcement(text: &str) -> &str {
    let announced = text.strip_prefix("\nrunning 1 test\ntest ");
    announced.and_then(|rest| rest.split_once(" ... ")).map_or(text, |(_, own)| own)
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
    fn the_announcement_is_not_the_checks_own() {
        assert_eq!(read("\nrunning 1 test\ntest nests ... mine\n"), "mine");
        assert_eq!(read("test it ... or not"), "test it ... or not");
    }

    #[test]
    fn endless_output_is_cut() {
        let lines: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
        let shown = read(&lines);
        assert!(shown.ends_with("line 99999"));
        assert_eq!(shown.lines().count(), LINES + 1);
    }
}
