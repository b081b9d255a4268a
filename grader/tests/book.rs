//! `grader book` on the whole course: `cargo test -p grader --test book`. It builds mdBook, which a
//! newcomer's `cargo test` need not wait for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use walkdir::WalkDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn book(folder: &Path) -> Output {
    let mut grader = Command::new(env!("CARGO_BIN_EXE_grader"));
    grader.args(["book", "-o"]).arg(folder).current_dir(root()).env_remove("CARGO_TARGET_DIR");
    grader.output().unwrap()
}

fn said(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

#[test]
fn it_has_a_page_for_each_exercise_and_no_dead_link() {
    let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book");
    let _earlier = fs::remove_dir_all(&site);
    let ended = book(&site);
    assert!(ended.status.success(), "{}", said(&ended));
    // mdBook warns of what is no HTML, and of links that lead nowhere.
    assert!(!said(&ended).contains("WARN"), "{}", said(&ended));
    let exercises = fs::read_dir(root().join("exercises")).unwrap();
    for id in exercises.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let task = fs::read_to_string(site.join("exercises").join(&id).join("index.html"));
        assert!(task.unwrap().contains("<h1"), "{id}");
        let page = site.join("solutions").join(&id).join("EXPLAINED.html");
        let explained = fs::read_to_string(page).unwrap();
        let source = root().join("solutions").join(&id);
        let text = fs::read_to_string(source.join("EXPLAINED.md")).unwrap();
        let pictures = text.matches("<!-- picture: ").count();
        assert_eq!(explained.matches("<figure").count(), pictures, "{id}");
        assert!(!explained.contains("<!-- picture: "), "{id}");
        let wrong = fs::read_dir(source.join("wrong")).unwrap().count();
        let faults = text.matches("<!-- fault: ").count();
        assert_eq!(explained.matches("<details").count(), wrong + faults, "{id}");
    }
    dead_links(&site);
}

/// Every link to a page of the site must lead to one.
fn dead_links(site: &Path) {
    let mut dead = Vec::new();
    for page in WalkDir::new(site).into_iter().flatten() {
        if page.path().extension().is_none_or(|end| end != "html") {
            continue;
        }
        let text = fs::read_to_string(page.path()).unwrap();
        for link in text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let file = link.split('#').next().unwrap_or_default();
            let is_here = !file.is_empty() && !file.contains(':');
            if is_here && !page.path().parent().unwrap().join(file).exists() {
                dead.push(format!("{}: {link}", page.path().display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn a_folder_with_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let ended = book(folder.path());
    assert_eq!(ended.status.code(), Some(2), "{}", said(&ended));
    assert!(said(&ended).contains("neither empty nor a book"), "{}", said(&ended));
    assert!(folder.path().join("thesis.txt").exists());
}
