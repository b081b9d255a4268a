//! Where an answer declares what a contract is about.

use crate::world::ANSWER;
use proc_macro2::Ident;
use record::Location;
use syn::visit::{self, Visit};
use syn::{ItemEnum, ItemFn, ItemImpl, ItemStruct, ItemType, PathSegment, Type};

/// The place of the name in its declaration. `name` is that of a type (`Guard`), of a function
/// (`fetch_all`) or of a method (`Gil::run`). `None` if the answer does not declare it.
pub(super) fn declared(answer: &str, name: &str) -> Option<Location> {
    let file = syn::parse_file(answer).ok()?;
    let (owner, name) = match name.split_once("::") {
        Some((owner, name)) => (Some(owner), name),
        None => (None, name),
    };
    let mut finder = Finder { owner, name, found: None };
    finder.visit_file(&file);
    let at = finder.found?.span().start();
    let (line, column) = (at.line as u32, at.column as u32 + 1);
    Some(Location { file: ANSWER.to_owned(), line, column })
}

/// Where in the type that is declared at `at` a field has the type `name`, or a type made of it.
pub(super) fn part_of(answer: &str, at: &Location, name: &str) -> Option<Location> {
    let file = syn::parse_file(answer).ok()?;
    let mut finder = PartFinder { line: at.line as usize, name, within: false, found: None };
    finder.visit_file(&file);
    let at = finder.found?.span().start();
    let (line, column) = (at.line as u32, at.column as u32 + 1);
    Some(Location { file: ANSWER.to_owned(), line, column })
}

struct PartFinder<'n> {
    /// The line of the type's name.
    line: usize,
    name: &'n str,
    /// Inside that type.
    within: bool,
    found: Option<Ident>,
}

impl PartFinder<'_> {
    fn is_it(&self, ident: &Ident) -> bool {
        ident.span().start().line == self.line
    }
}

impl<'ast> Visit<'ast> for PartFinder<'_> {
    fn visit_item_struct(&mut self, node: &'ast ItemStruct) {
        self.within = self.is_it(&node.ident);
        visit::visit_item_struct(self, node);
        self.within = false;
    }

    fn visit_item_enum(&mut self, node: &'ast ItemEnum) {
        self.within = self.is_it(&node.ident);
        visit::visit_item_enum(self, node);
        self.within = false;
    }

    fn visit_path_segment(&mut self, node: &'ast PathSegment) {
        if self.within && node.ident == self.name {
            self.found.get_or_insert_with(|| node.ident.clone());
        }
        visit::visit_path_segment(self, node);
    }
}

struct Finder<'n> {
    /// The type whose method it is, if it is one.
    owner: Option<&'n str>,
    name: &'n str,
    /// The first that was found.
    found: Option<Ident>,
}

impl Finder<'_> {
    fn look_at(&mut self, ident: &Ident, owner: Option<&str>) {
        if ident == self.name && owner == self.owner {
            self.found.get_or_insert_with(|| ident.clone());
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_struct(&mut self, node: &'ast ItemStruct) {
        self.look_at(&node.ident, None);
    }

    fn visit_item_enum(&mut self, node: &'ast ItemEnum) {
        self.look_at(&node.ident, None);
    }

    fn visit_item_type(&mut self, node: &'ast ItemType) {
        self.look_at(&node.ident, None);
    }

    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        self.look_at(&node.sig.ident, None);
        visit::visit_item_fn(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        let Type::Path(of) = &*node.self_ty else { return };
        let Some(owner) = of.path.segments.last().map(|last| last.ident.to_string()) else {
            return;
        };
        for item in &node.items {
            if let syn::ImplItem::Fn(method) = item {
                self.look_at(&method.sig.ident, Some(&owner));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{declared, part_of};
    use record::Location;

    const ANSWER: &str = "/// A guard: struct Guard.\npub struct Guard<'a> {\n    lock: &'a Lock,\n}\n\n\
        impl Lock {\n    fn take(&self) {}\n}\n\nimpl<'a> Guard<'a> {\n    fn take(&self) {}\n}\n\n\
        pub fn take() {}\n";

    fn place(name: &str) -> Option<(u32, u32)> {
        declared(ANSWER, name).map(|at| (at.line, at.column))
    }

    #[test]
    fn types_functions_and_methods_are_found_by_their_names() {
        assert_eq!(place("Guard"), Some((2, 12)));
        assert_eq!(place("take"), Some((14, 8)));
        assert_eq!(place("Guard::take"), Some((11, 8)));
        assert_eq!(place("Gua"), None);
        assert_eq!(place("Guard::lock"), None);
    }

    #[test]
    fn a_part_of_a_type_is_found_by_its_type() {
        let answer = "use std::sync::Arc;\n\nenum Stage<T> {\n    Done(Result<Arc<T>, ()>),\n}\n";
        let at = Location { file: String::new(), line: 3, column: 1 };
        let part = part_of(answer, &at, "Arc").map(|at| (at.line, at.column));
        assert_eq!(part, Some((4, 17)));
        assert_eq!(part_of(answer, &at, "Rc"), None);
    }
}
