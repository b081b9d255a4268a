//! Makes the casts and the wrapping operations of an answer note where a number does not fit.
//!
//! A number that is cut to eight bits takes no step, so no picture would show it. For the model, every
//! cast to an integer is therefore evaluated by the world's `check::cast`, and every `wrapping_add` or
//! `wrapping_sub` of a constant by `check::added` or `check::subtracted`: that is how people count.
//! Numbers made of bits, such as hashes, are expected not to fit and are left alone.
//!
//! What is inserted changes no type, and temporary values live as long as before. Code evaluated by
//! the compiler (`const`) and code in macros gets nothing.

use super::insertion::Place;
use super::piece;
use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    BinOp, Expr, ExprBinary, ExprCast, ExprConst, ExprMethodCall, Fields, File, ImplItemFn,
    ItemConst, ItemEnum, ItemFn, ItemStatic, Lit, Type, TypeArray,
};

/// The types to which a cast may lose something. A larger one holds any number that is used in
/// practice.
const NARROW: [&str; 10] = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize"];

/// Where the number changes, also within a small helper, whose steps are reported at its callers.
const PLACE: &str = "(::core::file!(), ::core::line!(), ::core::column!())";

/// Operations on the bits of a number rather than on the number.
const ON_BITS: [&str; 9] = [
    "finish",
    "hash",
    "hash_one",
    "wrapping_mul",
    "rotate_left",
    "rotate_right",
    "swap_bytes",
    "to_bits",
    "reverse_bits",
];

/// What makes the numbers of a file noted.
pub(super) fn pieces(file: &File) -> Vec<(Place, String)> {
    let mut finder = Finder::default();
    // A value is looked at twice, before the cast and after it, which not every enum allows.
    if !Enums::cast_only_once(file) {
        finder.visit_file(file);
    }
    finder.pieces
}

#[derive(Default)]
struct Finder {
    pieces: Vec<(Place, String)>,
}

impl Finder {
    /// Inserts `code` at a place. Pieces for the same place keep their order, so an outer expression
    /// begins before those within it, and ends after them.
    fn insert(&mut self, at: LineColumn, code: &str) {
        self.pieces.push(((at.line, at.column), piece::of(code)));
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_expr_cast(&mut self, node: &'ast ExprCast) {
        if !is_narrow(&node.ty) || is_literal(&node.expr) || OnBits::is_in(&node.expr) {
            return visit::visit_expr_cast(self, node);
        }
        self.insert(node.span().start(), &format!("::std::check::cast({PLACE}, match ("));
        visit::visit_expr_cast(self, node);
        self.insert(node.expr.span().end(), ", ()) { (__it, ()) => (__it as i128, __it");
        self.insert(node.span().end(), ") })");
    }

    fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
        let function = match node.method.to_string().as_str() {
            "wrapping_add" => "added",
            "wrapping_sub" => "subtracted",
            _ => return visit::visit_expr_method_call(self, node),
        };
        if !node.args.iter().all(is_literal) || OnBits::is_in(&node.receiver) {
            return visit::visit_expr_method_call(self, node);
        }
        self.insert(node.span().start(), &format!("::std::check::{function}({PLACE}, match (&"));
        visit::visit_expr_method_call(self, node);
        let widened =
            ", ()) { (__it, ()) => ({ use ::std::check::Integer as _; __it.widened() }, __it";
        self.insert(node.receiver.span().end(), widened);
        self.insert(node.span().end(), ") })");
    }

    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_item_fn(self, node);
        }
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_impl_item_fn(self, node);
        }
    }

    // The compiler evaluates these.
    fn visit_item_const(&mut self, _: &'ast ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}
    fn visit_item_enum(&mut self, _: &'ast ItemEnum) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast ExprConst) {}
    fn visit_expr_repeat(&mut self, node: &'ast syn::ExprRepeat) {
        self.visit_expr(&node.expr);
    }
    fn visit_type_array(&mut self, _: &'ast TypeArray) {}
    fn visit_generic_argument(&mut self, node: &'ast syn::GenericArgument) {
        if !matches!(node, syn::GenericArgument::Const(_)) {
            visit::visit_generic_argument(self, node);
        }
    }
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
}

fn is_narrow(to: &Type) -> bool {
    let Type::Path(path) = to else { return false };
    NARROW.iter().any(|name| path.path.is_ident(name))
}

fn is_literal(expression: &Expr) -> bool {
    match expression {
        Expr::Lit(literal) => !matches!(literal.lit, Lit::Str(_)),
        Expr::Unary(unary) => is_literal(&unary.expr),
        Expr::Paren(inner) => is_literal(&inner.expr),
        _ => false,
    }
}

/// Looks for operations on bits.
#[derive(Default)]
struct OnBits(bool);

impl OnBits {
    fn is_in(expression: &Expr) -> bool {
        let mut found = Self::default();
        found.visit_expr(expression);
        found.0
    }
}

impl<'ast> Visit<'ast> for OnBits {
    fn visit_expr_binary(&mut self, node: &'ast ExprBinary) {
        self.0 |= matches!(
            node.op,
            BinOp::BitXor(_)
                | BinOp::BitAnd(_)
                | BinOp::BitOr(_)
                | BinOp::Shl(_)
                | BinOp::Shr(_)
                | BinOp::Rem(_)
        );
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
        self.0 |= ON_BITS.iter().any(|name| node.method == name);
        visit::visit_expr_method_call(self, node);
    }
}

/// Looks for enums that can be cast, but not copied.
#[derive(Default)]
struct Enums(bool);

impl Enums {
    fn cast_only_once(file: &File) -> bool {
        let mut found = Self::default();
        found.visit_file(file);
        found.0
    }
}

impl<'ast> Visit<'ast> for Enums {
    fn visit_item_enum(&mut self, node: &'ast ItemEnum) {
        let is_cast = node.variants.iter().all(|it| matches!(it.fields, Fields::Unit));
        let is_copied = node.attrs.iter().any(|attribute| {
            let mut found = false;
            let _ = attribute.parse_nested_meta(|meta| {
                found |= meta.path.segments.last().is_some_and(|it| it.ident == "Copy");
                Ok(())
            });
            attribute.path().is_ident("derive") && found
        });
        self.0 |= is_cast && !is_copied;
    }
}

#[cfg(test)]
mod tests {
    use super::super::insertion;
    use super::*;

    fn noted(text: &str) -> usize {
        let noted = insertion::with(text, |_, file| pieces(file)).unwrap();
        assert!(syn::parse_file(&noted).is_ok(), "{noted}");
        assert_eq!(piece::without(&noted), text);
        noted.matches(PLACE).count()
    }

    #[test]
    fn casts_and_counters_are_noted() {
        assert_eq!(noted("fn f() { let a = self.next as u8; }"), 1);
        assert_eq!(noted("fn f() { g(a.len() as u64 as u16 as f64) }"), 2);
        assert_eq!(noted("fn f() { all.map(|it| it as u8); }"), 1);
        assert_eq!(noted("fn f() { self.next = self.next.wrapping_add(1) }"), 1);
        assert_eq!(noted("fn f() { (a as u8).wrapping_sub(1) as usize }"), 3);
    }

    #[test]
    fn what_cannot_lose_anything_is_left_alone() {
        assert_eq!(noted("fn f() { (a as f64, 7 as u8, -1 as u8, b as u128, &c as *const T) }"), 0);
        assert_eq!(noted("fn f() { a.wrapping_add(b) }"), 0);
    }

    #[test]
    fn numbers_made_of_bits_are_left_alone() {
        assert_eq!(
            noted("fn f() { ((a ^ b) as u32, hasher.finish() as usize, (a >> 8) as u8) }"),
            0
        );
        assert_eq!(noted("fn f() { (a.wrapping_mul(3).wrapping_add(1), (a % 7) as u8) }"), 0);
    }

    #[test]
    fn what_the_compiler_evaluates_is_left_alone() {
        assert_eq!(
            noted("const A: u8 = B as u8;\nstatic C: [u8; D as usize] = [0; D as usize];"),
            0
        );
        assert_eq!(noted("const fn f() -> u8 { A as u8 }\nfn g() { let _ = [0; A as usize]; }"), 0);
    }

    #[test]
    fn an_enum_that_cannot_be_copied_can_be_cast_only_once() {
        let cast = "fn f() { a as u8 }\n";
        assert_eq!(noted(&format!("{cast}enum A {{ B, C }}")), 0);
        assert_eq!(noted(&format!("{cast}#[derive(Clone, Copy)]\nenum A {{ B, C }}")), 1);
        assert_eq!(noted(&format!("{cast}enum A {{ B(u8), C }}")), 1);
    }
}
