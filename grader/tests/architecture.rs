//! The file tree shows the architecture: the files of a crate do not import each other in a cycle,
//! and inside the grader no file uses one from a later step on the way from submission to report.
//!
//! Only the `use` items and paths of a file's own code count. Tests inside a file may use anything.
//! A file that only declares or re-exports a file below it counts as above it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Item, UseTree, Visibility};
use walkdir::WalkDir;

/// As in the manual in `grader/src/lib.rs`: discover → stage → build → run → judge → explain →
/// report.
const ORDER: [&str; 7] = ["course", "stage", "compile", "run", "judge", "explanation", "report"];

const CRATES: [&str; 9] = [
    "src",
    "explorer/src",
    "record/src",
    "worlds/model-core/src",
    "worlds/model-std/src",
    "worlds/native-core/src",
    "worlds/native-std/src",
    "worlds/world-macros/src",
    "bench/src",
];

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles: Vec<String> = CRATES
        .iter()
        .flat_map(|folder| {
            let rooms = Rooms::of(&root().join(folder));
            rooms.circles().into_iter().map(move |circle| format!("{folder}: {circle}"))
        })
        .collect();
    assert!(circles.is_empty(), "cycles of files:\n{}", circles.join("\n"));
}

#[test]
fn no_arrow_points_against_the_order() {
    let rooms = Rooms::of(&root().join("src"));
    let step = |room: &str| {
        let top = room.split("::").next().unwrap_or_default();
        ORDER.iter().position(|step| *step == top)
    };
    let mut against = Vec::new();
    for (room, needs) in &rooms.needs {
        for needed in needs {
            if let (Some(from), Some(to)) = (step(room), step(needed))
                && to > from
            {
                against.push(format!("{room} uses {needed}"));
            }
        }
    }
    assert!(against.is_empty(), "files that use one from a later step:\n{}", against.join("\n"));
}

/// `build.rs` leaves the sources of these out of the key of cached results, so no code that makes a
/// result may use them.
#[test]
fn what_only_tells_of_results_makes_none() {
    const TELLING: [&str; 7] = ["book", "cli", "explanation", "guide", "play", "report", "watch"];
    /// The library's root, the command line, the program and its commands, and the documents that
    /// `verify` writes.
    const MAY_TELL: [&str; 12] = [
        "",
        "book",
        "cli",
        "main",
        "commands",
        "generated",
        "explanation",
        "guide",
        "play",
        "report",
        "task",
        "watch",
    ];
    let top = |room: &str| room.split("::").next().unwrap_or_default().to_owned();
    let mut telling = Vec::new();
    for (room, needs) in Rooms::of(&root().join("src")).needs {
        for needed in needs {
            if TELLING.contains(&&*top(&needed)) && !MAY_TELL.contains(&&*top(&room)) {
                telling.push(format!("{room} uses {needed}"));
            }
        }
    }
    assert!(telling.is_empty(), "results depend on reporting code:\n{}", telling.join("\n"));
}

#[test]
fn a_circle_and_its_arrows_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    write("lib.rs", "mod a; mod b; mod c; mod d; pub use a::A;");
    write("a.rs", "use crate::b::{self, B};\nfn f() {}");
    write("b.rs", "mod inner; fn f() { inner::g() }");
    write("b/inner.rs", "pub(in crate::b) fn g() { crate::c::h(); }");
    write("c.rs", "use super::a::A;");
    write("d.rs", "use crate::a::A;\n#[cfg(test)] mod tests { use crate::d; }");
    let rooms = Rooms::of(folder.path());
    assert_eq!(rooms.circles(), ["a → b → b::inner → c → a"]);
    assert_eq!(rooms.needs["d"], BTreeSet::from(["a".to_owned()]));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a crate by their module paths (`""` for the crate's root), and what each one needs.
struct Rooms {
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Rooms {
    fn of(folder: &Path) -> Self {
        let files: BTreeMap<String, PathBuf> = WalkDir::new(folder)
            .into_iter()
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| path.extension().is_some_and(|e| e == "rs"))
            .map(|path| (module(path.strip_prefix(folder).unwrap()), path))
            .collect();
        assert!(!files.is_empty(), "no crate in {}", folder.display());
        let needs = files.iter().map(|(room, path)| {
            let text = std::fs::read_to_string(path).unwrap();
            let mut paths = Paths { room, files: &files, needs: BTreeSet::new() };
            paths.visit_file(&syn::parse_file(&text).unwrap());
            paths.needs.remove(room);
            (room.clone(), paths.needs)
        });
        Self { needs: needs.collect() }
    }

    /// Each cycle once, as `a → b → a`, along the shortest path from its first file back to it.
    fn circles(&self) -> Vec<String> {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let mut circles = Vec::new();
        for room in self.needs.keys() {
            let Some(way) = self.way(room, room).filter(|_| !told.contains(room.as_str())) else {
                continue;
            };
            told.extend(way.iter().copied());
            circles.push(way.join(" → "));
        }
        circles
    }

    /// The shortest path along the arrows, including both ends.
    fn way<'a>(&'a self, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
        let mut ways = vec![vec![from]];
        let mut seen = BTreeSet::new();
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                for next in self.needs.get(*way.last()?).into_iter().flatten() {
                    let mut way = way.clone();
                    way.push(next);
                    if next == to {
                        return Some(way);
                    }
                    if seen.insert(next.as_str()) {
                        longer.push(way);
                    }
                }
            }
            ways = longer;
        }
        None
    }
}

/// `report/failed.rs` is `report::failed`, `report/mod.rs` is `report`, `lib.rs` is the root.
fn module(file: &Path) -> String {
    let path = file.with_extension("");
    let mut names: Vec<&str> = path.iter().map(|name| name.to_str().unwrap()).collect();
    names.pop_if(|name| ["mod", "lib", "main"].contains(name));
    names.join("::")
}

/// Collects the files that a file needs.
struct Paths<'a> {
    room: &'a str,
    files: &'a BTreeMap<String, PathBuf>,
    needs: BTreeSet<String>,
}

impl Paths<'_> {
    /// Notes the file that a path leads to, if it is in this crate.
    fn note(&mut self, path: &[String]) {
        let own = || self.room.split("::").filter(|name| !name.is_empty()).map(str::to_owned);
        let mut at: Vec<String> = Vec::new();
        let mut rest = path.iter().peekable();
        match path.first().map(String::as_str) {
            Some("crate") => drop(rest.next()),
            Some("self") => {
                at.extend(own());
                rest.next();
            }
            Some("super") => {
                at.extend(own());
                while rest.next_if(|name| *name == "super").is_some() {
                    at.pop();
                }
            }
            Some(first) => {
                at.extend(own());
                let child = at.iter().cloned().chain([first.to_owned()]).collect::<Vec<_>>();
                if !self.files.contains_key(&child.join("::")) {
                    return;
                }
            }
            None => return,
        }
        let mut file = at.join("::");
        for name in rest {
            at.push(name.clone());
            let deeper = at.join("::");
            if !self.files.contains_key(&deeper) {
                break;
            }
            file = deeper;
        }
        if self.files.contains_key(&file) {
            self.needs.insert(file);
        }
    }

    fn note_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.note_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => self.note(before),
            UseTree::Name(name) => self.note(&with(&name.ident)),
            UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.note_tree(tree, before));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, node: &'ast Item) {
        match node {
            // `::std` belongs to another crate, whatever this one calls its own files.
            Item::Use(item) if item.leading_colon.is_none() => self.note_tree(&item.tree, &[]),
            Item::Mod(item) if item.ident == "tests" => {}
            _ => visit::visit_item(self, node),
        }
    }

    fn visit_path(&mut self, node: &'ast syn::Path) {
        if node.leading_colon.is_none() && node.segments.len() > 1 {
            let names: Vec<String> = node.segments.iter().map(|it| it.ident.to_string()).collect();
            self.note(&names);
        }
        visit::visit_path(self, node);
    }

    // A `pub(in path)` says who may see an item, not who uses it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
