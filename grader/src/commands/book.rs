//! `book`.

use super::{shown, with_pipeline};
use grader::book::{self, Manuscript};
use grader::course::Course;
use grader::exit::{Code, Stop};
use grader::layout::Layout;
use std::path::Path;

/// Makes a static site of the course in the folder `site`.
pub(crate) fn run(course: &Course, site: &Path) -> Result<Code, Stop> {
    course.must_be_whole(&[]).map_err(Stop::usage)?;
    book::may_replace(site).map_err(Stop::Usage)?;
    let manuscript = Manuscript::read(course).map_err(Stop::Usage)?;
    let answers = manuscript.answers(|path| shown(course, path));
    let grades = with_pipeline(course, "verify", |pipeline| pipeline.grade(&answers))?;
    let layout = Layout::of(&course.root);
    manuscript.write(&grades, &layout.book_source())?;
    book::make_site(&layout, site)?;
    println!("Open {}.", site.join("index.html").display());
    Ok(Code::FullMarks)
}
