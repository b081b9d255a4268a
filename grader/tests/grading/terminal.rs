//! The grader in a terminal: a test presses keys and reads the screen.

use crate::sandbox::Sandbox;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A grader that runs in a terminal of its own. It is killed when this is dropped.
pub(crate) struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

/// A machine may be slow; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(900);

impl Terminal {
    /// Runs the grader with `args` in the course, on a screen of 80 by 24.
    pub(crate) fn run(sandbox: &Sandbox, args: &[&str]) -> Self {
        Self::with(sandbox, args, &[])
    }

    /// Runs it with more variables in its environment.
    pub(crate) fn with(sandbox: &Sandbox, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_grader"));
        command.args(args);
        Self::start(sandbox, command, variables)
    }

    /// Runs a script of a shell that controls jobs, as the one that people type into. In it, `grader`
    /// is the grader.
    pub(crate) fn shell(sandbox: &Sandbox, script: &str) -> Self {
        let mut command = CommandBuilder::new("bash");
        let grader = env!("CARGO_BIN_EXE_grader");
        command.args(["-c", &format!("set -m; grader() {{ {grader:?} \"$@\"; }}; {script}")]);
        Self::start(sandbox, command, &[])
    }

    fn start(sandbox: &Sandbox, mut command: CommandBuilder, variables: &[(&str, &str)]) -> Self {
        let (rows, columns) = (24, 80);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        command.cwd(sandbox.root());
        command.env("TERM", "xterm-256color");
        for name in ["CARGO_TARGET_DIR", "NO_COLOR", "TERM_PROGRAM", "EDITOR", "VISUAL"] {
            command.env_remove(name);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pty.slave.spawn_command(command).unwrap();
        let mut output = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let seen = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                seen.lock().unwrap().process(&bytes[..read]);
            }
        });
        Self { screen, keys, master: pty.master, child }
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        let screen = self.screen.lock().unwrap().screen().contents();
        screen.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Waits until `text` is on the screen, and returns all of it.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Waits until `text` is no longer on the screen.
    pub(crate) fn wait_for_no(&self, text: &str) -> String {
        self.wait(text, |screen| !screen.contains(text))
    }

    pub(crate) fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for `{what}` in vain:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys, one after another.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Changes the size of the screen.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        self.screen.lock().unwrap().screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
    }

    /// Waits for the grader to end. Returns its exit code.
    pub(crate) fn wait_for_the_end(&mut self) -> u32 {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _has_ended = self.child.kill();
        let _status = self.child.wait();
    }
}
