//! Removes excerpts of library sources from a diagnostic, and keeps those of the answer and the
//! checks.
//!
//! rustc quotes the course's replacements for the standard library, and also the real one if its
//! sources are installed, as they are for everyone who uses rust-analyzer. Neither helps a learner,
//! and a report must be the same on every machine.

/// `rendered` without excerpts of files outside `package`, and with its margin adjusted to the
/// lines that are left.
pub(super) fn of_package(rendered: &str, package: &str) -> String {
    let own = format!("{package}/");
    let mut kept: Vec<&str> = Vec::new();
    let mut foreign = false;
    for line in rendered.lines() {
        let trimmed = line.trim_start();
        if let Some(place) = trimmed.strip_prefix("--> ").or_else(|| trimmed.strip_prefix("::: ")) {
            foreign = !place.starts_with(&own);
        } else if foreign && !is_margin(trimmed) {
            foreign = false;
        }
        if !foreign {
            kept.push(line);
        }
    }
    // Remove each margin that led to a removed excerpt.
    let leads_nowhere = |at: usize| {
        let goes_on = |next: &&str| {
            let next = next.trim_start();
            is_margin(next) || next.starts_with("= ")
        };
        kept[at].trim() == "|" && !kept.get(at + 1).is_some_and(goes_on)
    };
    let lines: Vec<&str> =
        (0..kept.len()).filter(|&at| !leads_nowhere(at)).map(|at| kept[at]).collect();
    let digits = lines.iter().filter_map(|line| number(line)).map(|(digits, _)| digits.len()).max();
    let mut text = String::new();
    for line in lines {
        text.push_str(&with_margin(line, digits.unwrap_or(1)));
        text.push('\n');
    }
    text
}

/// Whether a line, without its leading blanks, belongs to an excerpt.
fn is_margin(trimmed: &str) -> bool {
    trimmed.starts_with('|') || trimmed.starts_with("...") || number(trimmed).is_some()
}

/// The number of a quoted line, and the rest of the line from its bar on.
fn number(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let end = line.find(|c: char| !c.is_ascii_digit()).filter(|&end| end > 0)?;
    let rest = line[end..].trim_start();
    // In a suggestion, other marks take the place of the bar.
    let bar = rest.starts_with(['|', '+', '-', '~']) && line[end..].starts_with(' ');
    bar.then_some((&line[..end], rest))
}

/// `line` with a margin wide enough for line numbers of `digits` digits.
fn with_margin(line: &str, digits: usize) -> String {
    let trimmed = line.trim_start();
    if let Some((number, rest)) = number(line) {
        return format!("{number:<digits$} {rest}");
    }
    let indented = trimmed.len() < line.len();
    match trimmed {
        _ if !indented => line.to_owned(),
        bar if bar.starts_with('|') || bar.starts_with("= ") => format!("{:digits$} {bar}", ""),
        arrow if arrow.starts_with("--> ") || arrow.starts_with("::: ") => {
            format!("{:digits$}{arrow}", "")
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output of rustc 1.95, without the component `rust-src` and then with it.
    const WITHOUT: &str = "\
error[E0277]: `Rc<u8>` cannot be sent between threads safely
 --> x-native/src/lib.rs:5:19
  |
5 |     thread::spawn(move || drop(rc));
  |     ------------- ^^^^^^^^^^^^^^^^ `Rc<u8>` cannot be sent between threads safely
  |     |
  |     required by a bound introduced by this call
  |
  = help: within this closure, the trait `Send` is not implemented for `Rc<u8>`
note: required by a bound in `spawn`
 --> /rustc/59807616/library/std/src/thread/mod.rs:725:8
";
    const WITH: &str = "\
error[E0277]: `Rc<u8>` cannot be sent between threads safely
   --> x-native/src/lib.rs:5:19
    |
5   |     thread::spawn(move || drop(rc));
    |     ------------- ^^^^^^^^^^^^^^^^ `Rc<u8>` cannot be sent between threads safely
    |     |
    |     required by a bound introduced by this call
    |
    = help: within this closure, the trait `Send` is not implemented for `Rc<u8>`
note: required by a bound in `spawn`
   --> /home/anna/.rustup/toolchains/1.95.0/lib/rustlib/src/rust/library/std/src/thread/mod.rs:725:8
    |
723 | pub fn spawn<F, T>(f: F) -> JoinHandle<T>
    |        ----- required by a bound in this function
724 | where
725 |     F: FnOnce() -> T,
    |        ^^^^^^^^^^^^^ required by this bound in `spawn`
";

    #[test]
    fn the_sources_of_std_make_no_difference() {
        let without = of_package(WITHOUT, "x-native");
        assert_eq!(of_package(WITH, "x-native"), without);
        assert!(without.contains(" --> x-native/src/lib.rs:5:19\n"), "{without}");
        assert!(without.ends_with("note: required by a bound in `spawn`\n"), "{without}");
    }

    #[test]
    fn what_is_said_of_the_answer_alone_stays_as_it_is() {
        let text = "error[E0308]: mismatched types\n  --> x-native/src/lib.rs:12:5\n   |\n\
                    11 | fn f() -> u8 {\n   |           -- expected `u8` because of return type\n\
                    12 |     \"a\"\n   |     ^^^ expected `u8`, found `&str`\n\nhelp: try\n   |\n\
                    12 -     \"a\"\n12 +     1\n";
        assert_eq!(of_package(text, "x-native"), text);
    }
}
