//! The `#[test]` functions of an exercise and their doc comments.
//!
//! They are found in the tokens, not in a syntax tree: every run reads every exercise, and parsing
//! all of them would keep the learner waiting.

use super::problem::Inspector;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use std::path::{Path, PathBuf};
use syn::Lit;

/// A `#[test]` function.
#[derive(Debug)]
pub(super) struct TestFn {
    pub(super) name: String,
    /// The doc comment, with its line breaks.
    pub(super) doc: String,
    /// The file, relative to the exercise's folder.
    pub(super) file: PathBuf,
    /// The line of its name.
    pub(super) line: usize,
}

/// Reads the `#[test]` functions of `file`, which lies in `folder`, and notes what is wrong with
/// them.
pub(super) fn read(folder: &Path, file: &Path, inspector: &mut Inspector<'_>) -> Vec<TestFn> {
    let path = folder.join(file);
    let Some(text) = inspector.read(&path, "checks are ordinary Rust files") else {
        return Vec::new();
    };
    let tokens = match text.parse::<TokenStream>() {
        Ok(tokens) => tokens,
        Err(error) => {
            let line = error.span().start().line;
            let remedy = "run `cargo check --tests` for details";
            inspector.note(&path, line, format!("this is not valid Rust: {error}"), remedy);
            return Vec::new();
        }
    };
    let mut finder = Finder { path: &path, file, inspector, found: Vec::new() };
    finder.items(tokens, 0);
    finder.found
}

struct Finder<'a, 'i> {
    path: &'a Path,
    file: &'a Path,
    inspector: &'a mut Inspector<'i>,
    found: Vec<TestFn>,
}

impl Finder<'_, '_> {
    fn note(&mut self, at: Span, what: String, remedy: &str) {
        self.inspector.note(self.path, at.start().line, what, remedy);
    }

    /// Looks through the items of a file, or of a block nested `depth` levels deep in it.
    fn items(&mut self, tokens: TokenStream, depth: usize) {
        let mut attributes = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    if let Some(TokenTree::Group(group)) = tokens.peek() {
                        attributes.push(group.stream());
                    }
                }
                // The end of an item.
                TokenTree::Punct(punct) if punct.as_char() == ';' => attributes.clear(),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    self.items(group.stream(), depth + 1);
                    attributes.clear();
                }
                TokenTree::Ident(ident) if ident == "fn" && has(&attributes, "test") => {
                    let Some(TokenTree::Ident(name)) = tokens.next() else { continue };
                    let signature = |token: &TokenTree| match token {
                        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
                        _ => true,
                    };
                    let signature: Vec<_> =
                        std::iter::from_fn(|| tokens.next_if(|token| signature(token))).collect();
                    self.check(&name, &attributes, &signature, depth);
                }
                _ => {}
            }
        }
    }

    fn check(
        &mut self,
        name: &Ident,
        attributes: &[TokenStream],
        signature: &[TokenTree],
        depth: usize,
    ) {
        let (at, name) = (name.span(), name.to_string());
        if depth > 0 {
            let remedy = "move it to the top level of the file";
            self.note(at, format!("check `{name}` is inside a module"), remedy);
        }
        for unwanted in ["ignore", "should_panic"] {
            if has(attributes, unwanted) {
                let remedy = "remove it; use `std::panic::catch_unwind` to expect a panic";
                self.note(at, format!("check `{name}` has `#[{unwanted}]`"), remedy);
            }
        }
        let plain = match signature {
            [TokenTree::Group(parameters)] => parameters.stream().is_empty(),
            _ => false,
        };
        if !plain {
            let remedy = "write `fn name() { … }`";
            self.note(at, format!("check `{name}` has parameters or a return type"), remedy);
        }
        let doc = doc_comment(attributes);
        if doc.is_empty() {
            let remedy = "write above it, after `///`, what must hold and why: \
                          a learner reads this when the check fails";
            self.note(at, format!("check `{name}` has no doc comment"), remedy);
        }
        self.found.push(TestFn { name, doc, file: self.file.to_owned(), line: at.start().line });
    }
}

fn has(attributes: &[TokenStream], name: &str) -> bool {
    let first = |attribute: &TokenStream| attribute.clone().into_iter().next();
    attributes.iter().filter_map(first).any(|token| token.to_string() == name)
}

/// The doc comment, without the space that follows each `///`.
fn doc_comment(attributes: &[TokenStream]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let tokens: Vec<_> = attribute.clone().into_iter().collect();
        match tokens.as_slice() {
            [TokenTree::Ident(doc), TokenTree::Punct(_), TokenTree::Literal(text)]
                if doc == "doc" =>
            {
                match Lit::new(text.clone()) {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                }
            }
            _ => None,
        }
    });
    let lines: Vec<_> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}
