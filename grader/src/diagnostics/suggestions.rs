//! Removes what rustc suggests to change in the checks. A learner cannot change them.

/// The diagnostic `rendered`, which is about a check, without its suggestions.
pub(super) fn without(rendered: &str) -> String {
    let mut kept = String::with_capacity(rendered.len());
    let mut suggests = false;
    for line in rendered.lines() {
        let begins =
            !line.starts_with([' ', '|']) && !line.starts_with(|c: char| c.is_ascii_digit());
        if line.is_empty() || begins {
            suggests = line.starts_with("help: ");
        }
        let inline = line.trim_start();
        let is_one =
            suggests || inline.starts_with("= help: ") || inline.starts_with("= note: add ");
        if !is_one {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_checks_could_change_is_left_out() {
        let rendered = "error[E0277]: `Ticket` doesn't implement `Debug`\n  --> tests/checks.rs:9:7\n   |\n\
            9  |     run_all(jobs)\n   |     ^^^^^^^^^^^^^\n   |\n   = note: add `#[derive(Debug)]`\n\
            note: required by a bound in `run_all`\n  --> src/lib.rs:4:8\n   |\n4  |     T: Debug,\n\
            help: consider annotating `Ticket`\n   |\n1  + #[derive(Debug)]\n2  | struct Ticket;\n\n";
        let left = "error[E0277]: `Ticket` doesn't implement `Debug`\n  --> tests/checks.rs:9:7\n   |\n\
            9  |     run_all(jobs)\n   |     ^^^^^^^^^^^^^\n   |\n\
            note: required by a bound in `run_all`\n  --> src/lib.rs:4:8\n   |\n4  |     T: Debug,\n\n";
        assert_eq!(without(rendered), left);
    }
}
