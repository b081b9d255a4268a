//! Reads a child's output and reduces it to what a person should see.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// How much of the end of a file is read, in bytes.
const TAIL: u64 = 64 << 10;
/// How many lines are kept.
const LINES: usize = 200;

/// The content of `file` after the last line that is exactly `marker`, which is where the failing
/// schedule begins. Without such a line, the whole content. If it is long, only its last part.
///
/// # Errors
/// The file cannot be read.
pub fn after(file: &Path, marker: &str) -> io::Result<String> {
    let text = tail(file)?;
    let own = match text.rsplit_once(&format!("{marker}\n")) {
        Some((_, own)) => own,
        None => &text,
    };
    let own = same_everywhere(without_announcement(own));
    Ok(cut(own.trim_matches('\n')))
}

/// `text` without details that differ between runs or machines although the program does the same:
/// numbers of OS threads, addresses in a backtrace, and installation paths.
fn same_everywhere(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_backtrace = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let is_frame = trimmed.split_once(':').is_some_and(|(number, _)| {
            !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
        });
        in_backtrace = line.starts_with("stack backtrace:")
            || in_backtrace
                && line.len() > trimmed.len()
                && (is_frame || trimmed.starts_with("at "));
        if !in_backtrace {
            kept.push_str(&without_places(&without_thread_number(line)));
        }
    }
    kept
}

/// Removes the number from `thread 'name' (4711) panicked`.
fn without_thread_number(line: &str) -> String {
    let number = line.starts_with("thread '").then(|| line.split_once("' (")).flatten();
    if let Some((front, rest)) = number
        && let Some((digits, rest)) = rest.split_once(')')
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        return format!("{front}'{rest}");
    }
    line.to_owned()
}

/// `line` with the paths of the grader's and of libraries' sources made independent of the machine.
fn without_places(line: &str) -> String {
    let grader = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    let line = line.replace(&grader, "grader/");
    match (line.find('/'), line.find("/registry/src/")) {
        (Some(start), Some(registry)) if start <= registry => {
            let rest = &line[registry + "/registry/src/".len()..];
            let crate_ = rest.split_once('/').map_or(rest, |(_, crate_)| crate_);
            format!("{}{crate_}", &line[..start])
        }
        _ => line,
    }
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

/// Removes libtest's announcement of the test, which is on the same line as the check's first
/// output.
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
            format!("… {left_out} earlier lines omitted\n{kept}")
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
    fn what_differs_from_run_to_run_is_left_out() {
        let grader = env!("CARGO_MANIFEST_DIR");
        let text = format!(
            "mine\nthread 'a (1)' (4711) panicked at {grader}/explorer/src/x.rs:1:2:\nthread 'b' (12) \
             panicked at /home/anna/.cargo/registry/src/index-1/insta-1.49.0/src/a.rs:3:4:\n\
             stack backtrace:\n   0:     0x562b3dcf3c4a - <unknown>\n             at ./a.c:1:2\nand on\n"
        );
        let expected = "mine\nthread 'a (1)' panicked at grader/explorer/src/x.rs:1:2:\nthread 'b' panicked \
                        at insta-1.49.0/src/a.rs:3:4:\nand on";
        assert_eq!(read(&text), expected);
    }

    #[test]
    fn endless_output_is_cut() {
        let lines: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
        let shown = read(&lines);
        assert!(shown.ends_with("line 99999"));
        assert_eq!(shown.lines().count(), LINES + 1);
    }
}
