//! The loop in which a learner works: edit, save, read what broke.
//!
//! One thread looks, in turn, at the keyboard, the files and the process that grades. None of the
//! three makes the others wait: grading goes on in a process of its own (`worker`), and a new save
//! stops it. The state and its changes are in `app`, what is drawn in `screen` and `content`.

mod app;
mod content;
mod course_files;
mod editor;
mod files;
mod list;
mod screen;
mod worker;

use crate::course::Course;
use crate::guide::{self, Notebook, Standing};
use crate::layout::Layout;
use crate::report::ReportOptions;
use crate::terminal::Terminal;
use anyhow::Context;
use app::{Action, App, View, Work};
use course_files::CourseFiles;
use files::Files;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use screen::Screen;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use worker::{Heard, Worker};

/// How long the loop waits for a key before it looks at everything else. Short enough that nobody
/// notices.
const GLANCE: Duration = Duration::from_millis(25);

/// Said where the user's editor is wanted and not known.
const NO_EDITOR: &str =
    "To open the file from here, set the variable EDITOR to your editor's command.";

/// How the loop ended.
#[derive(Debug)]
pub enum Ended {
    /// The learner quit.
    Quit,
    /// Somebody changed the course itself: an author, or whoever pulls a newer version.
    Changed {
        /// The course as it is now.
        course: Box<Course>,
        /// The name of the exercise that was on the screen.
        exercise: String,
    },
}

/// Runs the loop until the learner quits or the course is another.
///
/// `standings` say where the learner stands in each of the course's exercises. The loop begins with
/// the exercise at index `start`, or with the one that comes next.
///
/// # Errors
/// There is no terminal, the files cannot be watched, or no grader can be started.
pub fn run(
    course: &Course,
    layout: &Layout,
    standings: &[Standing<'_>],
    start: Option<usize>,
) -> anyhow::Result<Ended> {
    let current = start.or_else(|| guide::current(standings)).unwrap_or(0);
    let places = standings.iter().map(|it| (it.state, it.changed)).collect();
    let files = Files::watch(&course.root.join("exercises"))?;
    let color = ReportOptions::for_stdout().color;
    let terminal = Terminal::take()?;
    let mut session = Session {
        contents: course.exercises.iter().map(|it| content(&it.answer_path())).collect(),
        app: App::new(course, places, current),
        course,
        layout,
        worker: None,
        files,
        screen: Screen::new(color),
        terminal,
        course_files: CourseFiles::of(course),
        newer: None,
    };
    session.act(Action::Moved)?;
    while session.turn()? {}
    let exercise = session.app.exercise().name.clone();
    Ok(session.newer.map_or(Ended::Quit, |course| Ended::Changed { course, exercise }))
}

/// What a file contains. `None` if it is not there.
fn content(file: &Path) -> Option<Vec<u8>> {
    std::fs::read(file).ok()
}

struct Session<'c> {
    app: App<'c>,
    course: &'c Course,
    layout: &'c Layout,
    /// What each exercise's file contained when it was last looked at.
    contents: Vec<Option<Vec<u8>>>,
    worker: Option<Worker>,
    files: Files,
    screen: Screen,
    terminal: Terminal,
    course_files: CourseFiles,
    /// The course as it is now, if it is another.
    newer: Option<Box<Course>>,
}

impl Session<'_> {
    /// Looks once at everything. Returns whether to go on.
    fn turn(&mut self) -> anyhow::Result<bool> {
        if self.terminal.ends() {
            return Ok(false);
        }
        self.look_at_files()?;
        if self.newer.is_some() {
            return Ok(false);
        }
        self.hear();
        let (screen, app) = (&mut self.screen, &mut self.app);
        self.terminal.inner.draw(|frame| screen.draw(frame, app)).context("drawing")?;
        if !event::poll(GLANCE).context("reading the keyboard")? {
            return Ok(true);
        }
        let action = match event::read().context("reading the keyboard")? {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.app.press(key, self.screen.page)
            }
            _ => Action::None,
        };
        if action == Action::Quit {
            return Ok(false);
        }
        self.act(action)?;
        Ok(true)
    }

    /// Grades what was saved with other content than before.
    fn look_at_files(&mut self) -> anyhow::Result<()> {
        let changed = self.files.changed();
        if changed.is_empty() {
            return Ok(());
        }
        if changed.iter().any(|file| self.course_files.has_changed(file)) {
            let current = [self.app.exercise().name.clone()];
            let read = Course::discover(&self.course.root);
            match read.and_then(|course| course.must_be_whole(&current).map(|()| course)) {
                Ok(course) => self.newer = Some(Box::new(course)),
                Err(problems) => {
                    self.app.refused = Some(problems.to_string());
                    self.app.is_stale = true;
                }
            }
        }
        self.look_at_files_now()
    }

    fn look_at_files_now(&mut self) -> anyhow::Result<()> {
        // Every answer is looked at: an event may name a folder that was moved, or be lost.
        for (index, exercise) in self.course.exercises.iter().enumerate() {
            let now = content(&exercise.answer_path());
            // A file that is gone will be back: editors replace files, and git moves folders.
            if now.is_some() && now != self.contents[index] {
                self.contents[index] = now;
                let action = self.app.saved(index);
                self.act(action)?;
            }
        }
        Ok(())
    }

    fn hear(&mut self) {
        while let Some(worker) = &mut self.worker {
            match worker.hear() {
                Heard::Silence => return,
                Heard::Message(message) => self.app.hear(message),
                Heard::Ended(errors) => {
                    self.worker = None;
                    if self.app.work != Work::Idle {
                        // It should have said why.
                        self.app.work = Work::Idle;
                        self.app.refused = Some(format!("The grader itself failed.\n\n{errors}"));
                        self.app.is_stale = true;
                    }
                }
            }
        }
    }

    fn act(&mut self, action: Action) -> anyhow::Result<()> {
        match action {
            Action::None | Action::Quit => {}
            Action::Grade => self.start(&[], Work::Begun)?,
            Action::Replay(token) => self.start(&["--replay", &token], Work::Replaying)?,
            Action::Stop => {
                self.worker = None;
                self.app.work = Work::Idle;
            }
            Action::Moved => {
                let exercise = self.app.exercise();
                self.app.hints =
                    Notebook::read(self.layout).hints.get(&exercise.id).copied().unwrap_or(0);
                Notebook::update(self.layout, |it| it.open = Some(exercise.id.clone()))?;
                if editor::is_around() {
                    editor::open_around(&exercise.answer_path());
                }
                self.start(&[], Work::Begun)?;
            }
            Action::Hint => {
                let exercise = self.app.exercise();
                let hint = guide::hint(self.layout, exercise)?;
                self.app.hints = hint.map_or(0, |hint| hint.number);
                self.app.show(View::Hints);
                self.app.scroll = usize::MAX / 2;
            }
            Action::Reset => {
                let exercise = self.app.exercise();
                let done = guide::reset(self.course, &exercise.id);
                self.look_at_files_now()?;
                self.app.note = Some(match done {
                    Ok(done) => done.to_string(),
                    Err(error) => error.to_string(),
                });
            }
            Action::Edit => {
                let file = self.app.exercise().answer_path();
                match editor::wanted() {
                    Some(command) => {
                        let done = self.terminal.without(|| editor::edit(&command, &file))?;
                        self.app.note = done.err().map(|error| format!("{error:#}"));
                        self.app.is_stale = true;
                    }
                    None => self.app.note = Some(NO_EDITOR.to_owned()),
                }
            }
            Action::Play(check) => {
                let exercise = &self.app.exercise().name;
                let play = || play(&self.course.root, exercise, &check);
                self.app.note = match self.terminal.without(play)? {
                    Ok(replay) => replay.map(|command| format!("You broke it: {command}")),
                    Err(error) => Some(format!("{error:#}")),
                };
                self.app.is_stale = true;
            }
            Action::Suspend => {
                self.terminal.suspend()?;
                self.app.is_stale = true;
            }
        }
        Ok(())
    }

    /// Grades the current exercise, or replays a schedule of it, in place of what is going on.
    fn start(&mut self, options: &[&str], work: Work) -> anyhow::Result<()> {
        self.worker = None;
        (self.app.work, self.app.begun) = (work, Instant::now());
        self.app.is_stale = true;
        let exercise = &self.app.exercise().name;
        self.worker = Some(Worker::start(&self.course.root, exercise, options)?);
        Ok(())
    }
}

/// Lets the learner schedule a check, in a process that takes the terminal over. Returns the command
/// that shows the schedule again if it broke the check.
fn play(root: &Path, exercise: &str, check: &str) -> anyhow::Result<Option<String>> {
    let program = std::env::current_exe().context("finding the grader's own program")?;
    let mut command = Command::new(program);
    command.args(["play", exercise, check, "--course"]).arg(root).stderr(Stdio::piped());
    let ended = command.spawn().context("starting a grader")?.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    let mut lines = said.lines().map(str::trim);
    if ended.status.code().is_none_or(|code| code >= 2) {
        anyhow::bail!(lines.next_back().unwrap_or("it failed").to_owned());
    }
    // There may be notes as well, such as that it had to wait for another grader.
    Ok(lines.find(|line| line.starts_with("cargo run")).map(str::to_owned))
}

/// The exercise that was open last, if it is not solved.
pub fn last_open(layout: &Layout, standings: &[Standing<'_>]) -> Option<usize> {
    let open = Notebook::read(layout).open?;
    standings.iter().position(|it| it.exercise.id == open && !it.is_solved())
}
