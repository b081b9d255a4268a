//! Draws the screen: where the learner is, the report, what is going on, the keys.

use super::app::{App, Doing, View, Work};
use super::content;
use crate::explanation::safe;
use crate::guide::State;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Text};
use ratatui::widgets::Paragraph;

/// Reports are at most this wide.
const WIDEST: u16 = 100;

/// After so many seconds, one wonders how long it has been.
const NOTICED: u64 = 2;

/// What was drawn last, so that it is made again only if it has changed.
#[derive(Default)]
pub(super) struct Screen {
    text: Text<'static>,
    width: u16,
    /// Number of lines that are visible.
    pub(super) page: usize,
    color: bool,
    /// How far down the text is, in per cent, if there is more of it than fits.
    share: Option<usize>,
}

const KEYS: &str = "\
  The file is graded whenever you save it. Keys:

    h   next hint                     t   the task (README)
    n   next exercise                 p   previous exercise
    l   list of exercises             a   all failures, or only the first
    r   the failing schedule, whole   b   be the scheduler: break it yourself
    e   edit the file ($EDITOR)       s   the solution, once it is solved
    g   grade again                   x   start this exercise again
    q   quit

    Up, Down, Page Up, Page Down, Space   scroll
    Esc                                   back to the report";

impl Screen {
    pub(super) fn new(color: bool) -> Self {
        Self { color, ..Self::default() }
    }

    /// Draws `app`.
    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, app: &mut App<'_>) {
        let rows = Layout::vertical([
            Constraint::Length(1),
            Constraint::Fill(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ]);
        let [top, middle, state, keys] = rows.areas(frame.area());
        self.page = middle.height.into();
        self.share = None;
        frame.render_widget(Paragraph::new(bar(&progress(app), top.width)), top);
        match &app.view {
            View::List(choice) => {
                let (lines, marked) = content::list(app);
                let from = marked.saturating_sub(self.page.saturating_sub(1));
                let below = lines.len().saturating_sub(from + self.page);
                let visible: Vec<_> = lines.into_iter().skip(from).collect();
                frame.render_widget(Paragraph::new(visible), middle);
                let filter = match choice.filter.as_str() {
                    "" => "Type a part of a name to find it.".to_owned(),
                    filter => format!("Shown: exercises with `{filter}`"),
                };
                let more = match below {
                    0 => String::new(),
                    more => format!("   ↓ {more} more"),
                };
                let filter = filter + &more;
                frame.render_widget(Paragraph::new(filter), state);
                let help = "Up/Down  choose   Enter  go there   Esc  back";
                frame.render_widget(Paragraph::new(bar(help, keys.width)), keys);
                return;
            }
            View::Reset => {
                let question = format!(
                    "\n  Restore the starter of `{}`?\n  What you have now is kept in \
                     exercises/{}/kept/.\n\n  y  yes     any other key  no",
                    app.exercise().name,
                    app.exercise().id
                );
                frame.render_widget(Paragraph::new(question), middle);
            }
            View::Keys => frame.render_widget(Paragraph::new(KEYS), middle),
            _ => self.body(frame, app, middle),
        }
        let mut line = app.note.clone().unwrap_or_else(|| doing(app));
        if let Some(share) = self.share {
            let room = usize::from(state.width).saturating_sub(safe::width(&line));
            line += &format!("{:>room$}", format!("  ↓ {share}%"));
        }
        let style = match app.work {
            Work::Idle => Style::new(),
            _ => Style::new().add_modifier(Modifier::BOLD),
        };
        frame.render_widget(Paragraph::new(Line::styled(line, style)), state);
        frame.render_widget(Paragraph::new(bar(&help(app, keys.width), keys.width)), keys);
    }

    fn body(&mut self, frame: &mut Frame<'_>, app: &mut App<'_>, area: Rect) {
        let width = area.width.min(WIDEST);
        if app.is_stale || width != self.width {
            self.text = content::text(app, width.into(), self.color);
            (self.width, app.is_stale) = (width, false);
        }
        let most = self.text.lines.len().saturating_sub(area.height.into());
        app.scroll = app.scroll.min(most);
        let text = Text::from_iter(self.text.lines.iter().skip(app.scroll).cloned());
        frame.render_widget(Paragraph::new(text), area);
        // How far down this is.
        self.share = (most > 0).then(|| app.scroll * 100 / most);
    }
}

fn reversed() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// A line across the whole screen.
fn bar(text: &str, width: u16) -> Line<'static> {
    let cells = safe::width(text);
    let spaces = usize::from(width).saturating_sub(cells + 1);
    Line::styled(format!(" {text}{}", " ".repeat(spaces)), reversed())
}

/// Where the learner is in the course.
fn progress(app: &App<'_>) -> String {
    let solved = app.places.iter().filter(|(state, _)| *state == State::Solved).count();
    let max_of = |index: usize| app.course.exercises[index].max_score();
    let points = |index: usize| app.places[index].0.earned(max_of(index));
    let all = 0..app.places.len();
    let score: u32 = all.clone().map(points).sum();
    let max: u32 = all.clone().map(max_of).sum();
    let exercise = app.exercise();
    let filled = solved * 12 / all.len().max(1);
    format!(
        "{:02} {}   {}{} {solved}/{} solved, {score}/{max} points",
        exercise.number,
        exercise.title,
        "█".repeat(filled),
        "░".repeat(12 - filled),
        all.len(),
    )
}

/// What is going on and, unless it has just begun, for how long: what moves is alive.
fn doing(app: &App<'_>) -> String {
    let doing = what(app);
    match app.begun.elapsed().as_secs() {
        0..NOTICED => doing,
        _ if app.work == Work::Idle => doing,
        seconds => format!("{doing} {seconds} s"),
    }
}

fn what(app: &App<'_>) -> String {
    match &app.work {
        Work::Begun => "Grading …".to_owned(),
        Work::Replaying => "Running the schedule again. Esc stops it.".to_owned(),
        Work::Doing(Doing::Building(done, total, last)) => {
            let last = last.as_ref().map(|last| format!(" ({last})")).unwrap_or_default();
            format!("Compiling: {} of {total}{last} …", (done + 1).min(*total))
        }
        Work::Doing(Doing::Checking(check, done, total)) => {
            format!("Searching: {check}, {} of {total} …", (done + 1).min(*total))
        }
        Work::Doing(Doing::Other(note)) => note.clone(),
        Work::Idle if app.is_solved() => {
            "Solved. `s` shows the explanation and other ways, `n` goes on.".to_owned()
        }
        Work::Idle => "Edit the file; it is graded whenever you save it.".to_owned(),
    }
}

fn help(app: &App<'_>, width: u16) -> String {
    let solution = if app.is_solved() { "s solution  " } else { "" };
    let all = format!(
        "h hint  {solution}n next  p previous  l list  r replay  b break it  a all  t task  x reset  ? keys  q quit"
    );
    if all.len() < usize::from(width) {
        return all;
    }
    format!("h hint  {solution}n next  l list  t task  ? keys  q quit")
}
