//! The site: mdBook's work, in a program of its own that cargo builds when it is first needed.

use crate::layout::Layout;
use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;

/// A file of every site that mdBook makes.
const MARK: &str = "toc.html";

/// Whether a site may be made in `folder`: it is empty or not there, or has a site, which is replaced.
///
/// # Errors
/// It has something else, which mdBook would delete.
pub fn may_replace(folder: &Path) -> anyhow::Result<()> {
    let mut entries = folder.read_dir().into_iter().flatten();
    let is_free = !folder.exists() || folder.is_dir() && entries.next().is_none();
    let is_site = folder.join(MARK).is_file();
    ensure!(
        is_free || is_site,
        "`{}` is neither empty nor a book: name a folder whose content may be replaced",
        folder.display()
    );
    Ok(())
}

/// Makes the site in `folder` from the source that was written to the layout's
/// [`book_source`](Layout::book_source).
///
/// # Errors
/// The program that makes it cannot be built or run, or fails.
pub fn make_site(layout: &Layout, folder: &Path) -> anyhow::Result<()> {
    eprintln!("Making the site. The first time, cargo builds mdBook for it, which takes minutes.");
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--locked", "--manifest-path"]);
    cargo.arg(layout.book.join("Cargo.toml"));
    cargo.arg("--target-dir").arg(layout.state.join("mdbook"));
    cargo.arg("--").arg(layout.book_source()).arg(folder);
    let status = cargo.status().context("running cargo")?;
    ensure!(status.success(), "mdBook failed ({status})");
    Ok(())
}
