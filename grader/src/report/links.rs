//! Hyperlinks for terminals: the files that a report names can be opened with a click.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::Path;

/// The folders of a course whose files reports name.
const FOLDERS: [&str; 2] = ["exercises/", "solutions/"];

/// What stands in the path of a URL as it is.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// `text` with each file of the course at `root` as a hyperlink, as terminals have agreed on
/// (<https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>). The line goes into the
/// fragment, where those that can use it look for it; for the others it is a link to the file.
pub(super) fn linked(text: &str, root: &Path) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut linked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = next(rest) {
        let (before, found) = rest.split_at(start);
        let place = Place::at_start(found);
        linked.push_str(before);
        let file = root.join(place.file);
        if file.is_file() {
            let path = utf8_percent_encode(&file.to_string_lossy(), &PLAIN).to_string();
            let fragment = place.line.map(|line| format!("#{line}")).unwrap_or_default();
            let (url, text) = (format!("file://{host}{path}{fragment}"), place.text);
            linked.push_str(&format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"));
        } else {
            linked.push_str(place.text);
        }
        rest = &found[place.text.len()..];
    }
    linked + rest
}

/// Where the next path begins.
fn next(text: &str) -> Option<usize> {
    FOLDERS.iter().filter_map(|folder| text.find(folder)).min()
}

/// A file that is named in a text, perhaps with a line and a column.
struct Place<'t> {
    /// All of it, such as `exercises/07_lock/src/lib.rs:12:5`.
    text: &'t str,
    file: &'t str,
    line: Option<&'t str>,
}

impl<'t> Place<'t> {
    fn at_start(text: &'t str) -> Self {
        let of_a_path = |c: char| c.is_alphanumeric() || "/._-".contains(c);
        let end = text.find(|c| !of_a_path(c)).unwrap_or(text.len());
        // A sentence may end here.
        let file = text[..end].trim_end_matches(['.', '/']);
        let mut end = file.len();
        let mut line = None;
        for _line_or_column in 0..2 {
            let Some(number) = text[end..].strip_prefix(':') else { break };
            let digits =
                number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits == 0 {
                break;
            }
            line = line.or(Some(&number[..digits]));
            end += 1 + digits;
        }
        Self { text: &text[..end], file, line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_ends_where_the_path_or_its_numbers_end() {
        for (text, place, file, line) in [
            ("exercises/a/b.rs:12:5 x", "exercises/a/b.rs:12:5", "exercises/a/b.rs", Some("12")),
            ("exercises/a/b.rs:12: x", "exercises/a/b.rs:12", "exercises/a/b.rs", Some("12")),
            ("exercises/a/b.rs: x", "exercises/a/b.rs", "exercises/a/b.rs", None),
            ("solutions/a/b.md.", "solutions/a/b.md", "solutions/a/b.md", None),
            ("exercises/a/b.rs\x1b[0m", "exercises/a/b.rs", "exercises/a/b.rs", None),
        ] {
            let found = Place::at_start(text);
            assert_eq!((found.text, found.file, found.line), (place, file, line), "{text}");
        }
    }

    #[test]
    fn files_that_exist_are_linked_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a course");
        std::fs::create_dir_all(root.join("exercises/x")).unwrap();
        std::fs::write(root.join("exercises/x/a.rs"), "").unwrap();
        let text = "see exercises/x/a.rs:3, exercises/x/b.rs:4 and exercises/\n";
        let linked = linked(text, &root);
        assert!(
            linked.contains("a%20course/exercises/x/a.rs#3\x1b\\exercises/x/a.rs:3\x1b]8;;\x1b\\,")
        );
        assert_eq!(linked.matches("\x1b]8;;file://").count(), 1, "{linked}");
        assert!(linked.ends_with(" exercises/x/b.rs:4 and exercises/\n"));
    }
}
