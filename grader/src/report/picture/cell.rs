//! Text in a narrow column.

use crate::explanation::safe::{cut, head, pad, width};

/// The lines of a cell that is `cells` wide. What does not fit on the first line goes below it,
/// indented by `indent`.
pub(super) fn lines(pieces: &[String], cells: usize, indent: usize) -> Vec<String> {
    let edge = pad("", indent.min(cells / 3));
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let fits = width(&current) + 1 + width(piece) <= cells;
        // A line number stays with its code.
        let stays = index == 1 && width(&current) < indent;
        if index == 0 {
            current.clone_from(piece);
        } else if fits || stays {
            current = format!("{current} {piece}");
        } else {
            lines.push(std::mem::replace(&mut current, format!("{edge}{piece}")));
        }
        while width(&current) > cells {
            if lines.len() >= MOST_LINES - 1 {
                current = cut(&current, cells);
                break;
            }
            let (front, rest) = split(&current, cells, edge.len());
            lines.push(front);
            current = format!("{edge}{rest}");
        }
    }
    lines.push(current);
    lines.truncate(MOST_LINES);
    lines
}

/// A cell has at most this many lines; nobody would read more.
const MOST_LINES: usize = 4;

/// Break one line: before a method, else at a space, else within brackets, else anywhere. It is
/// never broken in the first few cells, which hold the line number.
fn split(line: &str, cells: usize, edge: usize) -> (String, String) {
    let front = head(line, cells);
    let begin = head(line, edge + 3).len();
    let last = |place: &dyn Fn(usize, char) -> Option<usize>| {
        let places = front.char_indices().filter_map(|(at, c)| place(at, c));
        places.filter(|&at| at > begin && at < line.len()).last()
    };
    let method = |at: usize, c: char| {
        let before = line[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == ')' || c == ']');
        let rest = &line[at + c.len_utf8()..];
        // The name of a file stays whole.
        let after = rest.starts_with(char::is_alphabetic) && !rest.starts_with("rs:");
        (c == '.' && before && after).then_some(at)
    };
    let space = |at: usize, c: char| (c == ' ').then_some(at);
    let bracket = |at: usize, c: char| matches!(c, '(' | ',').then_some(at + 1);
    let at = last(&method).or_else(|| last(&space)).or_else(|| last(&bracket));
    let at = at.unwrap_or(front.len().max(line.chars().next().map_or(0, char::len_utf8)));
    (line[..at].trim_end().to_owned(), line[at..].trim_start().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(pieces: &[&str], cells: usize) -> Vec<String> {
        let pieces: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
        let lines = lines(&pieces, cells, 3);
        assert!(lines.iter().all(|line| width(line) <= cells), "{lines:?}");
        lines
    }

    #[test]
    fn what_fits_is_one_line() {
        assert_eq!(cell(&["31", "a.lock()", "→ Err"], 20), ["31 a.lock() → Err"]);
    }

    #[test]
    fn a_note_goes_below() {
        let lines = cell(&["31", "a.lock()", "waits for b"], 20);
        assert_eq!(lines, ["31 a.lock()", "   waits for b"]);
    }

    #[test]
    fn a_long_call_breaks_before_its_method() {
        let lines = cell(&["31", "accounts[from].lock() (A)"], 20);
        assert_eq!(lines, ["31 accounts[from]", "   .lock() (A)"]);
    }

    #[test]
    fn a_long_place_stands_alone() {
        let lines = cell(&["checks.rs:13", "thread::sleep(long)"], 24);
        assert_eq!(lines, ["checks.rs:13", "   thread::sleep(long)"]);
    }

    #[test]
    fn the_name_of_a_file_stays_whole() {
        let lines = cell(&["185", "work ·", "panics at checks.rs:188 (caught)"], 25);
        assert_eq!(lines, ["185 work ·", "   panics at", "   checks.rs:188 (caught)"]);
    }

    #[test]
    fn a_word_without_end_is_broken_anywhere() {
        assert_eq!(cell(&["aaaaaaaaaaaaaaaaaaaaaaaaa"], 10).len(), 4);
        assert!(cell(&["漢漢漢漢漢漢漢漢漢漢漢漢"], 5).len() > 3);
    }
}
