//! A program in a terminal of its own, whose screen can be read.

use anyhow::{Context, anyhow, ensure};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::Read;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// No edit takes this long.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the screen is looked at. What is measured is exact to this.
const GLANCE: Duration = Duration::from_millis(2);

/// A running program. It is killed when this is dropped.
pub struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Runs `command` on a screen of 120 by 50.
    pub fn run(mut command: CommandBuilder) -> anyhow::Result<Self> {
        let (rows, columns) = (50, 120);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size)?;
        command.env("TERM", "xterm-256color");
        command.env_remove("TERM_PROGRAM");
        let child = pty.slave.spawn_command(command)?;
        let mut output = pty.master.try_clone_reader()?;
        let cells = |number| NonZero::new(number).unwrap_or(NonZero::<u16>::MIN);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let seen = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                seen.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..read]);
            }
        });
        Ok(Self { screen, child, _master: pty.master })
    }

    /// Waits until the screen is as `wanted`.
    pub fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let screen =
                self.screen.lock().unwrap_or_else(PoisonError::into_inner).screen().contents();
            if wanted(&screen) {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "waited for {what} in vain:\n{screen}");
            std::thread::sleep(GLANCE);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _has_ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Where the program `name` is.
pub fn find(name: &str, remedy: &str) -> anyhow::Result<std::path::PathBuf> {
    let path = std::env::var_os("PATH").context("PATH is not set")?;
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(name));
    places.find(|file| file.is_file()).ok_or_else(|| anyhow!("`{name}` is not here: {remedy}"))
}
