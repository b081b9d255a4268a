//! The grader end to end: made-up courses (`tests/courses/`), the real worlds, the real binary.

mod answers;
mod attacks;
mod caching;
mod command_line;
mod course_errors;
mod endless;
mod explained;
mod guide;
mod html;
mod limits;
mod play;
mod sandbox;
mod submissions;
mod terminal;
mod verifying;
mod watch;
