//! Whether it may make a difference which thread drops the last clone of an `Arc`.
//!
//! The model has std's own `Arc`, so it does not see clones being dropped. Whoever drops the last one
//! runs the destructor of what is in it. If that destructor does something that other threads notice,
//! such as closing a channel, then the order in which the clones are dropped matters, although no step
//! shows it. For such a program the model must not leave out interleavings on the ground that
//! they differ in nothing that a step touches.
//!
//! Types are told by their names. Where a name says too little, the answer is yes.

use crate::course::TestFile;
use crate::syntax;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprCall, GenericParam, Generics, ItemEnum, ItemImpl, ItemStruct, ItemType,
    PathArguments, PathSegment, Type,
};

/// Types of std whose destructors other threads may notice.
const NOTICED: [&str; 3] = ["Receiver", "Sender", "SyncSender"];

/// Whether the program of the answer `text` and its `checks` has an `Arc` in which there may be something
/// whose destructor other threads notice. A text that cannot be read counts as one that has.
pub fn matters<'a>(text: &str, checks: impl Iterator<Item = &'a TestFile>) -> bool {
    let of_answer = syntax::with_tree(text, |_, tree| {
        let mut types = Types::default();
        types.visit_file(tree);
        types
    });
    let Some(mut types) = of_answer else { return true };
    for file in checks {
        let text = str::from_utf8(&file.content).ok();
        let Some(tree) = text.and_then(|text| syn::parse_file(text).ok()) else { return true };
        types.visit_file(&tree);
    }
    types.arcs.iter().any(|content| types.is_noticed(content))
}

/// What the files of a program say about its types.
#[derive(Default)]
struct Types {
    /// The names in the fields of each type.
    fields: BTreeMap<String, BTreeSet<String>>,
    /// Types that implement `Drop`.
    drop: BTreeSet<String>,
    /// Generic parameters.
    generic: BTreeSet<String>,
    /// The names in what each `Arc` or `Weak` holds.
    arcs: Vec<BTreeSet<String>>,
}

impl Types {
    /// Whether a destructor may be noticed of something whose type has these names in it.
    fn is_noticed(&self, names: &BTreeSet<String>) -> bool {
        let mut seen = BTreeSet::new();
        let mut left: Vec<&String> = names.iter().collect();
        while let Some(name) = left.pop() {
            if !seen.insert(name) {
                continue;
            }
            // A trait object may be anything, and a parameter may stand for any type that there is.
            let opaque = name == "dyn" || self.generic.contains(name) && self.has_destructors();
            if opaque || NOTICED.contains(&name.as_str()) || self.drop.contains(name) {
                return true;
            }
            left.extend(self.fields.get(name).into_iter().flatten());
        }
        false
    }

    fn has_destructors(&self) -> bool {
        let mut named = self.fields.values().chain(&self.arcs).flatten();
        !self.drop.is_empty() || named.any(|name| NOTICED.contains(&name.as_str()))
    }

    fn define(&mut self, name: String, generics: &Generics, fields: impl ToTokens) {
        let parameters = generics.params.iter().filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
            _ => None,
        });
        self.generic.extend(parameters);
        self.fields.entry(name).or_default().extend(names(fields.to_token_stream()));
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item_struct(&mut self, node: &'ast ItemStruct) {
        self.define(node.ident.to_string(), &node.generics, &node.fields);
        visit::visit_item_struct(self, node);
    }

    fn visit_item_enum(&mut self, node: &'ast ItemEnum) {
        self.define(node.ident.to_string(), &node.generics, &node.variants);
        visit::visit_item_enum(self, node);
    }

    fn visit_item_type(&mut self, node: &'ast ItemType) {
        self.define(node.ident.to_string(), &node.generics, &node.ty);
        visit::visit_item_type(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        let implemented = node.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        if implemented.is_some_and(|segment| segment.ident == "Drop")
            && let Type::Path(path) = &*node.self_ty
            && let Some(segment) = path.path.segments.last()
        {
            self.drop.insert(segment.ident.to_string());
        }
        visit::visit_item_impl(self, node);
    }

    fn visit_path_segment(&mut self, node: &'ast PathSegment) {
        if (node.ident == "Arc" || node.ident == "Weak")
            && let PathArguments::AngleBracketed(arguments) = &node.arguments
        {
            self.arcs.push(names(arguments.args.to_token_stream()));
        }
        visit::visit_path_segment(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast ExprCall) {
        if let Expr::Path(function) = &*node.func
            && let mut names = function.path.segments.iter().rev().map(|it| it.ident.to_string())
            && let (Some(function), Some(owner)) = (names.next(), names.next())
            && owner == "Arc"
            && ["new", "from", "new_cyclic"].contains(&function.as_str())
        {
            self.arcs.push(self::names(node.args.to_token_stream()));
        }
        visit::visit_expr_call(self, node);
    }
}

/// All names in `tokens`.
fn names(tokens: TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => _ = names.insert(ident.to_string()),
            TokenTree::Group(group) => names.extend(self::names(group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn says(answer: &str, checks: &str) -> bool {
        let content = checks.as_bytes().to_vec();
        let checks = TestFile { path: PathBuf::from("tests/checks.rs"), content };
        matters(answer, std::iter::once(&checks))
    }

    const SHARED: &str = "fn f() { let shared = Arc::new(Lock::new()); }";

    #[test]
    fn what_has_no_destructor_does_not_matter() {
        assert!(!says("pub struct Lock { held: Mutex<bool>, freed: Condvar }", SHARED));
        assert!(!says("pub struct Queue<T> { items: Arc<Mutex<Vec<T>>> }", ""));
    }

    #[test]
    fn a_guard_that_no_arc_holds_does_not_matter() {
        let guard = "pub struct Lock { held: Mutex<bool> } pub struct Guard<'a>(&'a Lock); \
                     impl Drop for Guard<'_> { fn drop(&mut self) {} }";
        assert!(!says(guard, SHARED));
    }

    #[test]
    fn a_destructor_in_an_arc_matters_however_deep_it_is() {
        let lock = "pub struct Lock { inner: Inner } enum Inner { A(Last) } struct Last; \
                    impl Drop for Last { fn drop(&mut self) {} }";
        assert!(says(lock, SHARED));
        assert!(!says(lock, ""));
    }

    #[test]
    fn channels_and_what_may_be_anything_matter() {
        assert!(says("pub struct Pool { jobs: Arc<Mutex<Receiver<u8>>> }", ""));
        assert!(says("pub struct Lock { call: Box<dyn Fn()> }", SHARED));
        let queue = "pub struct Queue<T> { items: Arc<Mutex<Vec<T>>> }";
        assert!(says(queue, "struct Bomb; impl Drop for Bomb { fn drop(&mut self) {} }"));
    }

    #[test]
    fn what_cannot_be_read_matters() {
        assert!(says("pub struct", ""));
    }
}
