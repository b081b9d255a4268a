//! Makes checks note what the answer's functions return.
//!
//! A row of a picture can then say that `withdraw(70)` returns `Ok(())`. For the model, every call
//! in a check of a function that has the name of one of the answer's public functions, and that is not
//! the check's own, is put into a `match` that shows its value to the world's `check::returned` and passes it on. Temporary
//! values live as long as before. Lines stay where they are, and `piece::original_column` finds the
//! columns.

use super::calls::USE;
use super::insertion::{self, Place};
use super::piece;
use crate::syntax;
use proc_macro2::{LineColumn, Span};
use std::collections::BTreeSet;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprCall, ExprConst, ExprMethodCall, ImplItem, ImplItemFn, Item, ItemConst, ItemFn,
    ItemImpl, ItemStatic, Macro, Token, Visibility,
};

/// The names of the functions of an answer whose results are worth noting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PublicFunctions {
    free: BTreeSet<String>,
    methods: BTreeSet<String>,
}

impl PublicFunctions {
    /// Those of the answer `text`.
    pub(crate) fn of(text: &str) -> Self {
        let found = syntax::with_tree(text, |_, file| {
            let mut functions = Self::default();
            functions.visit_file(file);
            functions
        });
        found.unwrap_or_default()
    }
}

/// `text`, a file of checks, with noted results of these functions; or unchanged if it cannot be
/// parsed.
pub(crate) fn with_noted_results(text: &str, functions: &PublicFunctions) -> String {
    let mut functions = functions.clone();
    let noted = insertion::with(text, move |_, file| {
        for item in &file.items {
            if let Item::Fn(own) = item {
                functions.free.remove(&own.sig.ident.to_string());
            }
        }
        let mut finder = Finder { functions, pieces: Vec::new() };
        finder.visit_file(file);
        finder.pieces
    });
    noted.unwrap_or_else(|| text.to_owned())
}

/// The methods of traits whose results are worth noting.
const OF_TRAITS: [&str; 2] = ["next", "poll"];

impl<'ast> Visit<'ast> for PublicFunctions {
    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        if matches!(node.vis, Visibility::Public(_)) {
            self.free.insert(node.sig.ident.to_string());
        }
    }

    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        if node.trait_.is_none() {
            return visit::visit_item_impl(self, node);
        }
        // Of the traits that answers implement, only few have methods whose results say anything.
        let methods = node.items.iter().filter_map(|item| match item {
            ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
            _ => None,
        });
        self.methods.extend(methods.filter(|name| OF_TRAITS.contains(&name.as_str())));
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        let is_public = matches!(node.vis, Visibility::Public(_));
        // Nobody wonders what a constructor returns.
        if is_public && node.sig.receiver().is_some() {
            self.methods.insert(node.sig.ident.to_string());
        }
    }
}

struct Finder {
    functions: PublicFunctions,
    pieces: Vec<(Place, String)>,
}

impl Finder {
    /// Visits `call`, a call of the function called `noted` if its result is to be noted. Pieces for the
    /// same place keep their order, so an outer call begins before those within it, and ends after them.
    fn note(&mut self, noted: Option<String>, call: Span, visit: impl FnOnce(&mut Self)) {
        if noted.is_some() {
            self.insert(call.start(), "(match (::std::check::before(), ");
        }
        visit(self);
        if let Some(name) = noted {
            let after = format!(
                ") {{ (__before, __it) => {{ {USE} ::std::check::returned(__before, \"{name}\", \
                 &|| (&&&&&::std::check::Argument(&__it)).text()); __it }} }})"
            );
            self.insert(call.end(), &after);
        }
    }

    fn insert(&mut self, at: LineColumn, code: &str) {
        self.pieces.push(((at.line, at.column), piece::of(code)));
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
        let name = Some(node.method.to_string());
        let name = name.filter(|name| self.functions.methods.contains(name));
        self.note(name, node.span(), |finder| {
            visit::visit_expr_method_call(finder, node);
        });
    }

    fn visit_expr_call(&mut self, node: &'ast ExprCall) {
        let path = match &*node.func {
            Expr::Path(path) => Some(&path.path),
            _ => None,
        };
        let noted = path.and_then(|path| {
            let name = path.segments.last()?.ident.to_string();
            // A method is called by its path only with its type in front.
            let is_method = path.segments.len() > 1 && self.functions.methods.contains(&name);
            let is_of_trait = OF_TRAITS.contains(&name.as_str());
            (self.functions.free.contains(&name) || is_method && !is_of_trait).then_some(name)
        });
        self.note(noted, node.span(), |finder| visit::visit_expr_call(finder, node));
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
        let inside = node.parse_body_with(parse).unwrap_or_default();
        // Without a message of its own, an assertion quotes what it is given.
        if node.path.is_ident("assert") && inside.len() == 1 {
            return;
        }
        inside.iter().for_each(|expression| self.visit_expr(expression));
    }

    // The compiler evaluates these.
    fn visit_item_const(&mut self, _: &'ast ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}
    fn visit_expr_const(&mut self, _: &'ast ExprConst) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(text: &str) -> String {
        let functions = PublicFunctions {
            free: ["free", "only"].map(str::to_owned).into(),
            methods: ["get", "put"].map(str::to_owned).into(),
        };
        let noted = with_noted_results(text, &functions);
        assert!(syn::parse_file(&noted).is_ok(), "{noted}");
        assert_eq!(piece::without(&noted), text);
        noted
    }

    #[test]
    fn calls_are_noted_wherever_they_stand() {
        let text = "fn f() {\n q.put(1);\n assert_eq!(q.put(q.get()).get(), free(2), \"all\");\n \
                    let g = || q.get();\n}";
        let noted = noted(text);
        assert_eq!(noted.matches("check::before").count(), 6);
        assert!(
            noted.lines().nth(1).unwrap().starts_with(" /*«*/(match (::std::check::before(), ")
        );
    }

    #[test]
    fn functions_of_the_check_are_not_noted() {
        let text = "fn f() {\n put(q);\n only(q);\n}\nfn put(q: Q) {}\nfn only(q: Q) {}";
        assert_eq!(noted(text), text);
        assert_ne!(noted("fn f() {\n Q::put(q);\n}"), text);
        assert_ne!(noted("fn f() {\n only(q);\n}"), text);
    }

    #[test]
    fn an_assertion_without_a_message_quotes_what_was_written() {
        let text = "fn f() {\n assert!(q.get());\n}\nconst A: u32 = free(1);";
        assert_eq!(noted(text), text);
        assert_ne!(noted("fn f() {\n assert!(q.get(), \"there is one\");\n}"), text);
    }

    #[test]
    fn what_returns_nothing_to_wonder_about_is_not_noted() {
        let text = "pub fn free() {}\nfn own() {}\nimpl A {\n pub fn new() -> A {}\n \
                    pub fn get(&self) {}\n fn put(&self) {}\n}\nimpl Iterator for A {\n \
                    fn next(&mut self) {}\n}\nimpl Drop for A {\n fn drop(&mut self) {}\n}";
        let found = PublicFunctions::of(text);
        assert_eq!(Vec::from_iter(found.free), ["free"]);
        assert_eq!(Vec::from_iter(found.methods), ["get", "next"]);
    }
}
