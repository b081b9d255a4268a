//! Makes the functions of an answer note that they are called.
//!
//! A step in `self.balance.load(SeqCst)` says little if one does not know which call it is part of:
//! `withdraw(70)` or `balance()`. For the model, every function that other code can call therefore
//! begins with a call of the world's `check::call`, with its arguments.
//!
//! The piece is inserted after the opening brace of the body, where the rest of the line is blank or
//! a comment, so that nothing in the learner's file moves.

use super::insertion::{self, Place};
use super::piece;
use syn::visit::{self, Visit};
use syn::{
    AttrStyle, Attribute, Block, FnArg, ImplItemFn, ItemFn, ItemImpl, Pat, Signature, Visibility,
};

/// `text` with functions that note their calls, or unchanged if it cannot be parsed.
pub(crate) fn with_noted_calls(text: &str) -> String {
    let noted = insertion::with(text, |text, file| {
        let mut finder =
            Finder { lines: text.lines().collect(), pieces: Vec::new(), of_trait: false };
        finder.visit_file(file);
        finder.pieces
    });
    noted.unwrap_or_else(|| text.to_owned())
}

/// Brings the methods into scope that write a value of any type.
pub(crate) const USE: &str = "#[allow(unused_imports)] \
    use ::std::check::{Barely as _, Partly as _, Plain as _, Readable as _, Unreadable as _};";

struct Finder<'a> {
    lines: Vec<&'a str>,
    pieces: Vec<(Place, String)>,
    /// Inside an `impl` of a trait, whose methods are all public.
    of_trait: bool,
}

impl Finder<'_> {
    fn consider(&mut self, attributes: &[Attribute], signature: &Signature, body: &Block) {
        let begins_with_attribute =
            attributes.iter().any(|it| matches!(it.style, AttrStyle::Inner(_)));
        // The steps of a tracked function are its caller's.
        let is_tracked = attributes.iter().any(|it| it.path().is_ident("track_caller"));
        let is_plain = signature.constness.is_none() && signature.asyncness.is_none();
        if is_tracked || !is_plain || begins_with_attribute || body.stmts.is_empty() {
            return;
        }
        let open = body.brace_token.span.open().end();
        let rest = self.lines.get(open.line - 1).map_or("", |line| {
            line.char_indices().nth(open.column).map_or("", |(at, _)| &line[at..])
        });
        if rest.trim().is_empty() || rest.trim().starts_with("//") {
            self.pieces.push(((open.line, open.column), note(signature)));
        }
    }
}

/// What notes a call of the function with this signature.
fn note(signature: &Signature) -> String {
    let arguments = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Receiver(_) => None,
        FnArg::Typed(argument) => Some(match &*argument.pat {
            Pat::Ident(it) if it.by_ref.is_none() && it.subpat.is_none() => {
                format!("(&&&&&::std::check::Argument(&{})).text()", it.ident)
            }
            _ => "::core::option::Option::None".to_owned(),
        }),
    });
    let arguments: Vec<String> = arguments.collect();
    let at = signature.ident.span().start();
    piece::of(&format!(
        " let __call = ::std::check::call(\"{}\", {}, {}, || {{ {USE} [{}] }});",
        signature.ident,
        at.line,
        at.column + 1,
        arguments.join(", ")
    ))
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        if matches!(node.vis, Visibility::Public(_)) {
            self.consider(&node.attrs, &node.sig, &node.block);
        }
        visit::visit_item_fn(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        let outer = std::mem::replace(&mut self.of_trait, node.trait_.is_some());
        visit::visit_item_impl(self, node);
        self.of_trait = outer;
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        if self.of_trait || matches!(node.vis, Visibility::Public(_)) {
            self.consider(&node.attrs, &node.sig, &node.block);
        }
        visit::visit_impl_item_fn(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(text: &str) -> Vec<usize> {
        let noted = with_noted_calls(text);
        assert!(syn::parse_file(&noted).is_ok(), "{noted}");
        assert_eq!(piece::without(&noted), text);
        let lines = noted.lines().zip(text.lines()).enumerate();
        lines.filter(|(_, (new, old))| new != old).map(|(index, _)| index + 1).collect()
    }

    #[test]
    fn what_others_can_call_notes_its_calls() {
        let text = "impl A {\n    pub fn one(&self, n: u32) -> u32 { // all\n        n\n    }\n\
                    fn two(&self) {\n        a()\n    }\n}\nimpl Drop for A {\n    \
                    fn drop(&mut self) {\n        a()\n    }\n}\npub fn three() {\n    a()\n}\n";
        assert_eq!(noted(text), [2, 10, 14]);
    }

    #[test]
    fn where_the_piece_would_move_something_or_is_not_allowed_there_is_none() {
        let text = "pub fn f() { a() }\npub const fn g() {\n    a()\n}\n\
                    pub async fn h() {\n    a()\n}\npub fn i() {\n    #![allow(unused)]\n    a()\n}\n\
                    #[track_caller]\npub fn j() {\n    a()\n}\n";
        assert!(noted(text).is_empty());
        assert_eq!(with_noted_calls("fn f( {"), "fn f( {");
    }

    #[test]
    fn arguments_are_named_unless_they_are_taken_apart() {
        let text = "pub fn f(mut a: A, (b, c): (B, C), _: D) {\n    a()\n}\n";
        assert_eq!(noted(text), [1]);
        let noted = with_noted_calls(text);
        assert_eq!(noted.matches("Option::None").count(), 2);
        assert!(noted.contains("Argument(&a)"));
    }
}
