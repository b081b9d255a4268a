//! What is inserted into a staged file, so that it can be found again.

/// Stands before what is inserted. Nobody writes such a comment by accident.
const BEGIN: &str = "/*«*/";
/// Stands after it.
const END: &str = "/*»*/";

/// `code`, to be inserted.
pub(crate) fn of(code: &str) -> String {
    format!("{BEGIN}{code}{END}")
}

/// `text` without the pieces in it.
pub(crate) fn without(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((front, back)) = rest.split_once(BEGIN) {
        shown.push_str(front);
        rest = back.split_once(END).map_or("", |(_, back)| back);
    }
    shown + rest
}

/// The column of the original line that is at `column` of `line`, in which pieces were inserted.
/// Both count characters from 1.
pub(crate) fn original_column(line: &str, column: u32) -> u32 {
    let front: String = line.chars().take(column.saturating_sub(1) as usize).collect();
    without(&front).chars().count() as u32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_again() {
        let line = format!("é{} b{}c", of("one"), of(" two "));
        assert_eq!(without(&line), "é bc");
        let column = |of: char| line.chars().position(|c| c == of).unwrap() as u32 + 1;
        assert_eq!(original_column(&line, column('b')), 3);
        assert_eq!(original_column(&line, column('c')), 4);
        assert_eq!(original_column("plain", 3), 3);
    }
}
