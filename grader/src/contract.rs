//! Compile-time contracts: finds broken ones in trybuild's output.
//!
//! The output is parsed, not shown. No code of an answer runs in trybuild's process, so the output
//! can be trusted. Its format is that of version 1.0.

mod declared;

use crate::course::{ContractHead, TestFile};
use crate::graded::BrokenContract;
use crate::world::ANSWER;
use declared::{declared, part_of};
use record::Location;

/// The contracts that are broken according to trybuild's output (`said`), described by the heads of
/// the programs in `files`. `answer` is the text that the programs were compiled against.
pub fn broken(said: &str, files: &[TestFile], answer: &str) -> Vec<BrokenContract> {
    let mut found = Vec::new();
    let mut lines = said.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((program, outcome)) = test_line(line) else { continue };
        let mut text = String::new();
        while let Some(line) = lines.next_if(|line| test_line(line).is_none()) {
            text.push_str(line);
            text.push('\n');
        }
        if outcome == "ok" {
            continue;
        }
        let head = files.iter().find(|file| file.path.to_string_lossy() == program);
        let head = head.and_then(|file| ContractHead::of(&String::from_utf8_lossy(&file.content)));
        let about = head.as_ref().and_then(|head| head.about.as_deref());
        let declared = about.and_then(|name| declared(answer, name));
        let quoted = quoted(&text, answer);
        let reason = reason(&text);
        // Of a program that should compile, rustc knows best what stands in its way.
        let part = || part_of(answer, quoted.as_ref()?, head_of_type(reason?)?);
        let at = match is_to_fail(&text) {
            true => declared.or(quoted),
            false => part().or(quoted).or(declared),
        };
        let mut errors = errors(&text);
        if let Some(reason) = reason.filter(|_| !is_to_fail(&text)) {
            errors.insert(1.min(errors.len()), reason.to_owned());
        }
        found.push(BrokenContract {
            at,
            is_refused: text.contains(ACTUAL),
            errors,
            broken: head.map_or_else(|| program.to_owned(), |head| head.broken),
            program: program.to_owned(),
        });
    }
    found
}

/// Whether a program was to be refused: rustc has accepted it, or has refused it for another reason.
fn is_to_fail(text: &str) -> bool {
    text.contains("Expected test case to fail to compile") || text.contains(ACTUAL)
}

/// Why a type does not have the property that the first error is about, as far as rustc says: the first
/// of its notes that begin with `required`.
fn reason(text: &str) -> Option<&str> {
    let notes = text.lines().filter_map(|line| line.split_once("note: ").map(|(_, note)| note));
    notes.map(str::trim).find(|note| {
        note.starts_with("required for `") || note.starts_with("required because it appears within")
    })
}

/// The name of the type that a note quotes first: `Arc` of ``required for `Arc<u8>` to implement `Send` ``.
fn head_of_type(note: &str) -> Option<&str> {
    let name = note.split('`').nth(1)?.split(['<', ' ']).next()?;
    name.rsplit("::").next().filter(|name| !name.is_empty())
}

/// What trybuild prints before the errors of a program that was refused with others than expected.
const ACTUAL: &str = "ACTUAL OUTPUT:";

/// Splits `test tests/contracts/a.rs [should pass] ... error` into the program and its result.
fn test_line(line: &str) -> Option<(&str, &str)> {
    let (name, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let program = name.split(" [").next().unwrap_or(name);
    let known = ["ok", "error", "mismatch", "wip"].contains(&outcome.trim());
    (known && program.ends_with(".rs")).then_some((program, outcome.trim()))
}

/// rustc's errors, without duplicates and error codes. Errors caused by the program's own trick are
/// left out.
fn errors(text: &str) -> Vec<String> {
    // If rustc refuses a program as expected, but with another message, that message comes last.
    let text = text.rsplit(ACTUAL).next().unwrap_or(text);
    let mut errors: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some((_, message)) = line.strip_prefix("error").and_then(|rest| rest.split_once(": "))
        else {
            continue;
        };
        let summary =
            message.starts_with("aborting due to") || message.contains("annotations needed");
        if !summary && !errors.iter().any(|known| known == message) {
            errors.push(message.to_owned());
        }
    }
    errors
}

/// The line of the answer that rustc points at. trybuild omits its number, so it is found by its
/// text.
fn quoted(text: &str, answer: &str) -> Option<Location> {
    let mut lines = text.lines().skip_while(|line| line.trim() != format!("--> {ANSWER}"));
    lines.next()?;
    let code = lines.filter_map(|line| line.trim_start().strip_prefix('|'));
    let code = code.map(str::trim).find(|code| !code.is_empty() && !code.starts_with('^'))?;
    let (line, text) = answer.lines().enumerate().find(|(_, line)| line.trim() == code)?;
    let indent = text.chars().take_while(|c| c.is_whitespace()).count();
    Some(Location { file: ANSWER.to_owned(), line: line as u32 + 1, column: indent as u32 + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER_TEXT: &str = "/// A guard: struct Guard.\npub struct Guard<'a> {\n    lock: &'a Lock,\n}\n\npub struct Lock;\n";

    fn program(text: &str) -> Vec<TestFile> {
        vec![TestFile { path: "tests/contracts/a.rs".into(), content: text.as_bytes().to_vec() }]
    }

    const HEAD: &str = "//! Contract: guards stay.\n//! About: Guard\n//! Broken: `Guard` can be moved\n\
                        //! to another thread.\n//!\n//! How: a trick.\n\nfn main() {}\n";

    #[test]
    fn a_program_says_what_it_stands_for() {
        let head = ContractHead::of(HEAD).unwrap();
        assert_eq!(head.broken, "`Guard` can be moved to another thread.");
        assert_eq!(
            (head.contract.as_str(), head.about.as_deref()),
            ("guards stay.", Some("Guard"))
        );
        assert_eq!(ContractHead::of("//! Compiles only if.\n"), None);
    }

    #[test]
    fn the_part_of_a_type_is_marked_that_lacks_the_property() {
        let head =
            "//! Contract: locks are shared.\n//! About: Lock\n//! Broken: it cannot be shared.\n";
        let said = "test tests/contracts/a.rs ... error\n┈┈\n\
                    error[E0277]: `*const u8` cannot be shared between threads safely\n\
                    note: required because it appears within the type `PhantomData<*const u8>`\n  --> $RUST/core/src/marker.rs\n\
                    note: required because it appears within the type `Lock`\n  --> src/lib.rs\n   |\n   | pub struct Lock {\n   |            ^^^^\n";
        let answer =
            "pub struct Lock {\n    state: u8,\n    of: std::marker::PhantomData<*const u8>,\n}\n";
        let broken = broken(said, &program(head), answer);
        let at = broken[0].at.as_ref().unwrap();
        assert_eq!((at.line, at.column), (3, 22));
        assert_eq!(broken[0].errors.len(), 2);
    }

    /// As trybuild 1.0.122 prints it.
    #[test]
    fn a_program_that_was_accepted_is_told_in_the_authors_words() {
        let said = "    Checking x v0.0.0 (/somewhere)\n\n\ntest tests/contracts/a.rs ... error\n\
                    Expected test case to fail to compile, but it succeeded.\n\n\n\n\n\
                    thread 'x' (9052) panicked at /home/trybuild-1.0.122/src/run.rs:103:13:\n";
        let broken = broken(said, &program(HEAD), ANSWER_TEXT);
        assert_eq!(broken.len(), 1);
        assert_eq!(broken[0].broken, "`Guard` can be moved to another thread.");
        let at = broken[0].at.as_ref().unwrap();
        assert_eq!((at.line, at.column, broken[0].errors.len()), (2, 12, 0));
    }

    #[test]
    fn of_a_trick_nothing_is_quoted() {
        let said = "test tests/contracts/b.rs ... ok\ntest tests/contracts/a.rs ... error\n┈┈\n\
                    error[E0283]: type annotations needed\n  --> tests/contracts/a.rs:20:5\n┈┈\n";
        let broken = broken(said, &program(HEAD), ANSWER_TEXT);
        assert_eq!((broken.len(), broken[0].errors.len()), (1, 0));
    }

    #[test]
    fn rustcs_reason_and_the_line_it_points_at_are_kept() {
        let head = "//! Contract: locks are shared.\n//! Broken: it cannot be shared.\n";
        let said = "test tests/contracts/a.rs [should pass] ... error\n┈┈\n\
                    error[E0277]: `Rc<u8>` cannot be sent between threads safely\n  --> tests/contracts/a.rs:13:25\n\
                    note: required because it appears within the type `Lock`\n  --> src/lib.rs\n   |\n   | pub struct Lock;\n   |            ^^^^\n";
        let broken = broken(said, &program(head), ANSWER_TEXT);
        assert_eq!(
            broken[0].errors,
            [
                "`Rc<u8>` cannot be sent between threads safely",
                "required because it appears within the type `Lock`"
            ]
        );
        assert_eq!(broken[0].at.as_ref().unwrap().line, 6);
    }
}
