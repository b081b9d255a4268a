//! Finds language features that an answer may not use because they reach outside the worlds.
//!
//! The worlds' `std` and `core` have no files, processes or environment, and the compiler forbids
//! `unsafe`. That leaves built-in macros and attributes that read other files. This module finds
//! them before anything is compiled. It searches tokens, not a syntax tree: a macro's input has no
//! tree, and building one needs a parser that knows every construct that rustc knows.

use crate::graded::Refusal;

use crate::world::ANSWER;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use record::Location;

/// Macros that read files or the environment at compile time, or contain assembly code.
const MACROS: [(&str, &str); 8] = [
    ("include", FILES),
    ("include_str", FILES),
    ("include_bytes", FILES),
    ("env", ENVIRONMENT),
    ("option_env", ENVIRONMENT),
    ("asm", ASSEMBLY),
    ("global_asm", ASSEMBLY),
    ("naked_asm", ASSEMBLY),
];

const FILES: &str = "an answer is a single file, so put the content into it";
const ENVIRONMENT: &str = "an answer must not depend on the machine, so write the value itself";
const ASSEMBLY: &str = "every exercise can be solved in safe Rust";
const ONE_CRATE: &str = "an answer uses only `std`";
const STABLE: &str = "the course uses stable Rust";

/// Everything in `text` that is not allowed, in the order of the source.
pub fn find(text: &str) -> Vec<Refusal> {
    if let Some(refusal) = first_line(text) {
        return vec![refusal];
    }
    let Ok(tokens) = text.parse::<TokenStream>() else { return find_in_broken(text) };
    let mut scan = Scan { strict: defines_macros(tokens.clone()), found: Vec::new() };
    // A list instead of recursion: a submission may nest brackets to any depth.
    let mut open = vec![Tokens { tokens, in_use: false, in_attribute: false }];
    while let Some(stretch) = open.pop() {
        scan.stretch(stretch, &mut open);
    }
    scan.found.sort_by_key(|refusal| refusal.at.as_ref().map(|at| (at.line, at.column)));
    scan.found.dedup();
    scan.found
}

/// What rustc strips from the start of a file, so that it would not read the same text as this module:
/// a byte order mark, and a first line `#!…` for a shell.
fn first_line(text: &str) -> Option<Refusal> {
    let what = if text.starts_with('\u{feff}') {
        "a byte order mark at the start of the file is not allowed; save it as UTF-8 without one"
    } else if let Some(rest) = text.strip_prefix("#!")
        && !rest.trim_start().starts_with('[')
    {
        "a first line `#!…` is not allowed; remove it, since no shell runs this file"
    } else {
        return None;
    };
    let at = Location { file: ANSWER.to_owned(), line: 1, column: 1 };
    Some(Refusal { message: what.to_owned(), at: Some(at) })
}

/// Searches a text that cannot be split into tokens. It is normally left to rustc, which gives a
/// better error message. It is refused only if it names a macro that reads files or the
/// environment, in case rustc accepts it after all.
fn find_in_broken(text: &str) -> Vec<Refusal> {
    let reading = MACROS.iter().filter(|(_, why)| *why != ASSEMBLY);
    let named = reading.filter(|(name, _)| {
        text.match_indices(&format!("{name}!")).next().is_some()
            || name.contains('_') && text.contains(name)
    });
    named.map(|(name, why)| Refusal { message: message(name, why), at: None }).collect()
}

/// Whether the file defines macros. A macro can take a name in one place and use it in another.
fn defines_macros(tokens: TokenStream) -> bool {
    let mut open = vec![tokens];
    while let Some(tokens) = open.pop() {
        for token in tokens {
            match token {
                TokenTree::Group(group) => open.push(group.stream()),
                TokenTree::Ident(ident) if ident == "macro_rules" => return true,
                _ => {}
            }
        }
    }
    false
}

fn message(name: &str, why: &str) -> String {
    format!("`{name}` is not allowed; {why}")
}

struct Scan {
    /// Refuse the macros' names wherever they occur, because a macro defined in the file may turn a
    /// name into a call.
    strict: bool,
    found: Vec<Refusal>,
}

/// The tokens between two brackets.
struct Tokens {
    tokens: TokenStream,
    /// Inside a `use` item.
    in_use: bool,
    /// Inside `#[…]`.
    in_attribute: bool,
}

impl Scan {
    /// Searches `stretch`, and adds the contents of its brackets to `open`.
    fn stretch(&mut self, stretch: Tokens, open: &mut Vec<Tokens>) {
        let Tokens { tokens, mut in_use, in_attribute } = stretch;
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let (before, after) = (&tokens[..index], &tokens[index + 1..]);
            match token {
                TokenTree::Group(group) => {
                    let in_attribute = in_attribute
                        || group.delimiter() == Delimiter::Bracket && ends_with_hash(before);
                    open.push(Tokens { tokens: group.stream(), in_use, in_attribute });
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => in_use = false,
                TokenTree::Ident(ident) => {
                    // `use<'a>` is part of a type, not an import.
                    in_use |= ident == "use" && !starts_with(after, '<');
                    self.name(ident, before, after, in_use);
                    if in_attribute {
                        self.attribute(ident, after);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn name(&mut self, ident: &Ident, before: &[TokenTree], after: &[TokenTree], in_use: bool) {
        let name = ident.to_string();
        match name.as_str() {
            "unsafe" => return self.refuse(ident, "unsafe", ASSEMBLY),
            "extern" => return self.refuse(ident, "extern", ONE_CRATE),
            "mod" if !has_body(after) => {
                return self.refuse(ident, "mod` without a body `{ … }", FILES);
            }
            _ => {}
        }
        // `r#include` names the same macro.
        let name = name.trim_start_matches("r#");
        if let Some((name, why)) = MACROS.into_iter().find(|(known, _)| *known == name)
            && (self.strict || in_use || is_call(after) || is_in_std(before))
        {
            self.refuse(ident, name, why);
        }
    }

    /// Refuses forbidden attributes in `#[…]`, including inside `cfg_attr`.
    fn attribute(&mut self, ident: &Ident, after: &[TokenTree]) {
        if ident == "path" && starts_with(after, '=') {
            self.refuse(ident, "#[path]", FILES);
        }
        if ident == "feature" && matches!(after.first(), Some(TokenTree::Group(_))) {
            self.refuse(ident, "#![feature]", STABLE);
        }
    }

    fn refuse(&mut self, at: &Ident, name: &str, why: &str) {
        let start = at.span().start();
        let at = Location {
            file: ANSWER.to_owned(),
            // An answer has at most one mebibyte.
            line: start.line as u32,
            column: start.column as u32 + 1,
        };
        self.found.push(Refusal { message: message(name, why), at: Some(at) });
    }
}

fn starts_with(tokens: &[TokenTree], wanted: char) -> bool {
    matches!(tokens.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// Whether a name followed by `tokens` is a macro call, not an operand of `!=`.
fn is_call(tokens: &[TokenTree]) -> bool {
    starts_with(tokens, '!') && !starts_with(&tokens[1..], '=')
}

/// Whether the tokens end with the `#` or `#!` of an attribute.
fn ends_with_hash(tokens: &[TokenTree]) -> bool {
    let mut punctuation = tokens.iter().rev().map_while(|token| match token {
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    });
    match punctuation.next() {
        Some('!') => punctuation.next() == Some('#'),
        last => last == Some('#'),
    }
}

/// Whether the tokens after `mod` are a name and a block in braces.
fn has_body(tokens: &[TokenTree]) -> bool {
    let is_brace = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace);
    match tokens {
        [TokenTree::Ident(_), rest @ ..] => is_brace(rest.first()),
        // A name passed to a macro.
        [TokenTree::Punct(dollar), TokenTree::Ident(_), rest @ ..] if dollar.as_char() == '$' => {
            is_brace(rest.first())
        }
        _ => false,
    }
}

/// Whether the tokens end with a path into the standard library, such as `core::`.
fn is_in_std(tokens: &[TokenTree]) -> bool {
    match tokens {
        [.., TokenTree::Ident(ident), TokenTree::Punct(one), TokenTree::Punct(two)] => {
            (one.as_char(), two.as_char()) == (':', ':')
                && ["std", "core", "alloc", "v1"].iter().any(|module| ident == module)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, column and name of each refusal.
    fn refusals(text: &str) -> Vec<String> {
        let place = |refusal: Refusal| {
            let name = refusal.message.split("` is not").next().unwrap().trim_start_matches('`');
            match refusal.at {
                Some(at) => format!("{}:{} {name}", at.line, at.column),
                None => name.to_owned(),
            }
        };
        find(text).into_iter().map(place).collect()
    }

    #[test]
    fn ordinary_code_is_allowed() {
        let text = r#"
            //! Without unsafe code, and without include!.
            #![forbid(unsafe_code)]
            use std::{sync::Mutex, thread};
            mod inner { pub fn env() -> u32 { 1 } }
            struct Set { path: String, include: bool }
            impl Set { fn include(&self) -> impl Fn() + use<'_> { let env = 2; move || drop(env) } }
            #[cfg(feature = "fast")]
            fn f(env: u32) { println!("{}", env); Set::include; inner::env(); assert!(env != 1); }
        "#;
        assert_eq!(refusals(text), [""; 0]);
    }

    #[test]
    fn each_way_out_is_found_with_its_place() {
        for (text, found) in [
            ("const S: &str = include_str!(\"/etc/passwd\");", "1:17 include_str"),
            ("const S: &[u8] = std::include_bytes! {\"x\"};", "1:23 include_bytes"),
            ("fn f() {}\n  core::include!(\"x\");", "2:9 include"),
            ("const S: &str = r#include_str!(\"x\");", "1:17 include_str"),
            ("fn f() { assert!(vec![include_str!(\"x\")].len() > 0) }", "1:23 include_str"),
            ("compile_error!(include_str!(\"x\"));", "1:16 include_str"),
            ("use core::{env as e};", "1:12 env"),
            ("fn f() { std::env::var(\"HOME\"); }", "1:15 env"),
            ("const H: Option<&str> = option_env!(\"HOME\");", "1:25 option_env"),
            ("#[path = \"x.rs\"] mod x {}", "1:3 #[path]"),
            ("#[cfg_attr(all(), path = \"x.rs\")] mod x {}", "1:19 #[path]"),
            ("mod solution;", "1:1 mod` without a body `{ … }"),
            ("#![feature(asm)]", "1:4 #![feature]"),
            ("extern crate alloc;", "1:1 extern"),
            ("fn f() { unsafe { g() } }", "1:10 unsafe"),
            ("#[unsafe(no_mangle)] fn f() {}", "1:3 unsafe"),
            ("fn f() { std::arch::asm!(\"nop\") }", "1:21 asm"),
        ] {
            assert_eq!(refusals(text), [found], "{text}");
        }
    }

    #[test]
    fn a_first_line_that_rustc_strips_is_refused() {
        for text in ["#!/*\nfn f() {} */", "#! \"", "\u{feff}fn f() {}"] {
            assert_eq!(find(text).len(), 1, "{text}");
        }
        assert_eq!(find("#![forbid(unsafe_code)]\nfn f() {}").len(), 0);
        assert_eq!(find("#! [forbid(unsafe_code)]\nfn f() {}").len(), 0);
    }

    #[test]
    fn a_macro_cannot_carry_a_name_to_where_it_acts() {
        let text = "macro_rules! call { ($m:ident) => { $m!(\"/etc/passwd\") } }\n\
                    const S: &str = call!(include_str);\nconst E: &str = call!(env);";
        assert_eq!(refusals(text), ["2:23 include_str", "3:23 env"]);
        let text = "macro_rules! m { ($k:tt $n:ident) => { $k $n; } } m!(mod solution);";
        assert_eq!(refusals(text), ["1:54 mod` without a body `{ … }"]);
    }

    #[test]
    fn deep_brackets_do_not_end_the_grader() {
        let deep = format!("fn f() {{ {}unsafe{} }}", "(".repeat(200_000), ")".repeat(200_000));
        assert_eq!(refusals(&deep), ["1:200010 unsafe"]);
    }

    #[test]
    fn what_has_no_tokens_is_left_to_rustc() {
        assert_eq!(refusals("fn f() { unsafe"), [""; 0]);
        assert_eq!(refusals("fn f() { include_str!(\"x\")"), ["include_str"]);
    }
}
