//! Makes a static site of a book in mdBook's format: `book SOURCE SITE`.
//!
//! It is a program of its own, which `grader book` runs, because mdBook is larger than all the rest
//! of the grader.

use anyhow::{Context, bail};
use mdbook_driver::MDBook;
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [source, site] = &arguments[..] else { bail!("usage: book SOURCE SITE") };
    // mdBook reports in this way what it finds wrong with a page.
    tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::WARN).init();
    let mut book = MDBook::load(source).context("reading the book's source")?;
    book.config.build.build_dir = std::path::absolute(site)?;
    book.build().context("making the site")
}
