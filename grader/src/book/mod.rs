//! The course as a book: a static site, made by [mdBook](https://rust-lang.github.io/mdBook/).
//!
//! Each exercise has a page with its task, and below it one with its explanation. There the pictures
//! of schedules are drawings, and the changes that make answers wrong are behind folds.
//!
//! The pages are in the folders in which the course has them.

mod chapter;
mod site;

pub use site::{make_site, may_replace};

use crate::course::{Course, EXPLAINED};
use crate::generated;
use crate::pipeline::Grade;
use crate::report;
use crate::submission::Answer;
use anyhow::Context;
use chapter::{Chapter, README};
use std::fs;
use std::path::{Path, PathBuf};

/// The name of a page that is a folder's own. From a `README.md`, mdBook makes the same page, but not
/// the links to it.
const PAGE: &str = "index.md";
/// The name of the style sheet for figures.
const STYLE: &str = "figures.css";

/// The texts of a course that become its book.
#[derive(Debug)]
pub struct Manuscript<'c> {
    course: &'c Course,
    chapters: Vec<Chapter<'c>>,
}

impl<'c> Manuscript<'c> {
    /// Reads the texts of `course`.
    ///
    /// # Errors
    /// A text cannot be read, or the course's own answers have problems.
    pub fn read(course: &'c Course) -> anyhow::Result<Self> {
        let exercises: Vec<_> = course.exercises.iter().collect();
        let solutions = course.solutions(&exercises)?;
        let chapters = exercises.into_iter().zip(solutions);
        let chapters =
            chapters.map(|(exercise, solutions)| Chapter::read(course, exercise, solutions));
        Ok(Self { course, chapters: chapters.collect::<Result<_, _>>()? })
    }

    /// The answers whose failures the explanations show, in the order of the exercises. `shown` turns a
    /// path into the one shown to the user.
    pub fn answers(&self, shown: impl Fn(&Path) -> PathBuf) -> Vec<Answer<'c>> {
        self.chapters.iter().flat_map(|chapter| chapter.answers(&shown)).collect()
    }

    /// Writes the source of the book to `folder`, which is replaced. `grades` are those of the
    /// [`answers`](Self::answers), in the same order.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, grades: &[Grade], folder: &Path) -> anyhow::Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("replacing {}", folder.display()))?;
        }
        let put = |path: &Path, text: &str| -> anyhow::Result<()> {
            let file = folder.join(path);
            let parent = file.parent().unwrap_or(folder);
            let written = fs::create_dir_all(parent).and_then(|()| fs::write(&file, text));
            written.with_context(|| format!("writing {}", file.display()))
        };
        let pages = Path::new("src");
        put(Path::new("book.toml"), &self.settings())?;
        put(Path::new(STYLE), &style())?;
        put(&pages.join("SUMMARY.md"), &self.summary())?;
        put(&pages.join(PAGE), &self.introduction())?;
        for chapter in &self.chapters {
            let id = &chapter.exercise.id;
            put(&pages.join("exercises").join(id).join(PAGE), &chapter.task)?;
            let of_chapter = |grade: &&Grade| grade.exercise.id == *id;
            let graded = grades.iter().filter(of_chapter).map(|grade| &grade.exercise).collect();
            put(&pages.join("solutions").join(id).join(EXPLAINED), &chapter.explanation(graded))?;
        }
        Ok(())
    }

    fn settings(&self) -> String {
        let title = toml::Value::from(self.title());
        format!(
            "[book]\ntitle = {title}\nlanguage = \"en\"\n\n\
             [output.html]\nadditional-css = [\"{STYLE}\"]\n\n\
             # Code is shown, not run: it belongs to the course.\n\
             [output.html.playground]\nrunnable = false\n"
        )
    }

    /// The heading of the course's README, or what every course of this kind is about.
    fn title(&self) -> String {
        let readme = fs::read_to_string(self.course.root.join(README)).unwrap_or_default();
        let heading = readme.lines().find_map(|line| line.strip_prefix("# "));
        heading.unwrap_or("Exercises in concurrency").to_owned()
    }

    fn summary(&self) -> String {
        let mut summary = format!("# Summary\n\n[{}]({PAGE})\n\n", self.title());
        for Chapter { exercise, .. } in &self.chapters {
            let (id, title) = (&exercise.id, &exercise.title);
            summary.push_str(&format!(
                "- [{title}](exercises/{id}/{PAGE})\n  - [Explained](solutions/{id}/{EXPLAINED})\n"
            ));
        }
        summary
    }

    fn introduction(&self) -> String {
        format!(
            "# {}\n\nEach exercise has a page with its task, and below it one that explains the answers: \
             why the reference is right, and how the tempting ones break. Solve it before you read \
             that.\n\n{}",
            self.title(),
            generated::map(self.course).replace(README, PAGE)
        )
    }
}

/// The style of figures, in the colours of mdBook's themes.
fn style() -> String {
    const COLORS: &str = "\
.failure { --text: var(--fg); --page: var(--bg); --soft: var(--quote-bg); --line: var(--quote-border);
  --faint: color-mix(in srgb, var(--fg) 80%, var(--bg)); --link: var(--links);
  --bad: color-mix(in srgb, #d93025 75%, var(--fg)); --eye: color-mix(in srgb, #c98500 75%, var(--fg)); }
.failure .faint { color: var(--faint); }
";
    format!("{COLORS}{}", report::FIGURE_STYLE)
}
