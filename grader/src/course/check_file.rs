//! The `#[test]` functions of an exercise and their doc comments.

use super::problem::Inspector;
use proc_macro2::Span;
use std::path::{Path, PathBuf};
use syn::visit::Visit;
use syn::{Attribute, Expr, ItemFn, ItemMod, Lit, Meta};

/// A `#[test]` function.
#[derive(Debug)]
pub(super) struct TestFn {
    pub(super) name: String,
    /// The doc comment, lines joined as they stand.
    pub(super) doc: String,
    /// The file, relative to the exercise's folder.
    pub(super) file: PathBuf,
    /// The line of its name.
    pub(super) line: usize,
}

/// The `#[test]` functions of `file`, which lies in `folder`; what is wrong with them is noted.
pub(super) fn read(folder: &Path, file: &Path, inspector: &mut Inspector<'_>) -> Vec<TestFn> {
    let path = folder.join(file);
    let Some(text) = inspector.read(&path, "checks are ordinary Rust files") else {
        return Vec::new();
    };
    let syntax = match syn::parse_file(&text) {
        Ok(syntax) => syntax,
        Err(error) => {
            let line = error.span().start().line;
            inspector.note(&path, line, error.to_string(), "`cargo check --tests` says more");
            return Vec::new();
        }
    };
    let mut finder = Finder { path: &path, file, depth: 0, inspector, found: Vec::new() };
    finder.visit_file(&syntax);
    finder.found
}

struct Finder<'a, 'i> {
    path: &'a Path,
    file: &'a Path,
    depth: usize,
    inspector: &'a mut Inspector<'i>,
    found: Vec<TestFn>,
}

impl Finder<'_, '_> {
    fn note(&mut self, at: Span, what: String, remedy: &str) {
        self.inspector.note(self.path, at.start().line, what, remedy);
    }
}

impl<'ast> Visit<'ast> for Finder<'_, '_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.depth += 1;
        syn::visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if !has(&function.attrs, "test") {
            return syn::visit::visit_item_fn(self, function);
        }
        let name = function.sig.ident.to_string();
        let at = function.sig.ident.span();
        if self.depth > 0 {
            let remedy = "move it to the top level of the file";
            self.note(at, format!("check `{name}` is inside a module"), remedy);
        }
        for unwanted in ["ignore", "should_panic"] {
            if has(&function.attrs, unwanted) {
                let remedy = "remove it; `std::panic::catch_unwind` sees an expected panic";
                self.note(at, format!("check `{name}` has `#[{unwanted}]`"), remedy);
            }
        }
        if !function.sig.inputs.is_empty()
            || !matches!(function.sig.output, syn::ReturnType::Default)
        {
            let remedy = "write `fn name() { … }`";
            self.note(at, format!("check `{name}` takes or returns something"), remedy);
        }
        let doc = doc_comment(&function.attrs);
        if doc.is_empty() {
            let remedy = "say above it, after `///`, what must hold and why: \
                          that is what a learner reads when it fails";
            self.note(at, format!("check `{name}` has no doc comment"), remedy);
        }
        self.found.push(TestFn { name, doc, file: self.file.to_owned(), line: at.start().line });
    }
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

/// The doc comment without the one space that `///` is followed by.
fn doc_comment(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(expr) => match &expr.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<_> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}
