//! The mutants that [cargo mutants](https://mutants.rs) lists.

use super::mutant::{Mutant, Origin};
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The mutants of `text` that cargo mutants lists, in the order of the source.
pub(super) fn list(text: &str) -> anyhow::Result<Vec<Mutant>> {
    let package = tempfile::tempdir().context("creating a package for cargo mutants")?;
    let manifest = "[package]\nname = \"reference\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::create_dir(package.path().join("src"))?;
    fs::write(package.path().join("Cargo.toml"), manifest)?;
    fs::write(package.path().join("src/lib.rs"), text)?;
    let listed = run(package.path()).context("listing the mutants with cargo mutants")?;
    let listed: Vec<Listed> =
        serde_json::from_slice(&listed).context("reading the list from cargo mutants")?;
    listed.into_iter().map(|listed| listed.apply(text)).collect()
}

fn run(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let output = Command::new("cargo")
        .args(["mutants", "--list", "--json", "--no-config", "--colors=never", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .context("starting cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("no such command") {
        bail!("cargo mutants is not installed; run `cargo install --locked cargo-mutants`");
    }
    ensure!(output.status.success(), "{}", said.trim());
    Ok(output.stdout)
}

/// A mutant as cargo mutants lists it. Lines and columns are counted from 1, columns in characters.
#[derive(Debug, Deserialize)]
struct Listed {
    /// `src/lib.rs:37:9: replace State::take -> bool with true`.
    name: String,
    replacement: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

#[derive(Debug, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

impl Listed {
    fn apply(self, text: &str) -> anyhow::Result<Mutant> {
        let place = |place: &Place| {
            offset(text, place).with_context(|| format!("`{}` is not in the source", self.name))
        };
        let (start, end) = (place(&self.span.start)?, place(&self.span.end)?);
        ensure!(start <= end, "`{}` ends before it begins", self.name);
        let source = text.lines().nth(self.span.start.line - 1).unwrap_or_default();
        Ok(Mutant {
            origin: Origin::Cargo,
            change: self.name.splitn(4, ':').last().unwrap_or_default().trim().to_owned(),
            line: self.span.start.line,
            source: source.trim().to_owned(),
            text: format!("{}{}{}", &text[..start], self.replacement, &text[end..]),
        })
    }
}

/// The byte at which a place begins.
fn offset(text: &str, place: &Place) -> Option<usize> {
    let lines = text.split_inclusive('\n');
    let before: usize = lines.clone().take(place.line.checked_sub(1)?).map(str::len).sum();
    let line = lines.clone().nth(place.line - 1)?;
    let column = place.column.checked_sub(1)?;
    let within = line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(column)?;
    Some(before + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_applied_where_it_is_listed() {
        let text = "//! Größe.\nfn f(a: u8) -> bool {\n    /* ä */ a > 1\n}\n";
        let listed = r#"{
            "name": "src/lib.rs:3:15: replace > with >= in f",
            "replacement": ">=",
            "span": { "start": { "line": 3, "column": 15 }, "end": { "line": 3, "column": 16 } }
        }"#;
        let listed: Listed = serde_json::from_str(listed).unwrap();
        let mutant = listed.apply(text).unwrap();
        assert_eq!(mutant.text, text.replace(" > ", " >= "));
        assert_eq!(mutant.change, "replace > with >= in f");
        assert_eq!((mutant.line, mutant.source.as_str()), (3, "/* ä */ a > 1"));
    }

    #[test]
    fn a_change_of_something_else_is_refused() {
        let listed = r#"{
            "name": "x", "replacement": "",
            "span": { "start": { "line": 9, "column": 1 }, "end": { "line": 9, "column": 2 } }
        }"#;
        let listed: Listed = serde_json::from_str(listed).unwrap();
        assert!(listed.apply("fn f() {}\n").is_err());
    }
}
