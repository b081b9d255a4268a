//! The terminal: taken over while `watch` or `play` runs, and given back whatever happens.

use anyhow::Context;
use ratatui::DefaultTerminal;
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The terminal, as long as it is ours. It is given back when this is dropped, and after a panic.
pub(crate) struct Terminal {
    pub(crate) inner: DefaultTerminal,
    ends: Arc<AtomicBool>,
}

impl Terminal {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn take() -> anyhow::Result<Self> {
        let ends = Arc::new(AtomicBool::new(false));
        // When the terminal itself goes away (SIGHUP), there is nothing to give back, and the library that
        // reads the keyboard would not return: the default, which ends the program, is right.
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&ends))?;
        }
        let inner = ratatui::try_init().context("taking over the terminal")?;
        Ok(Self { inner, ends })
    }

    /// Whether a signal asks the program to end.
    pub(crate) fn ends(&self) -> bool {
        self.ends.load(Relaxed)
    }

    /// Gives the terminal back while `work` runs.
    ///
    /// # Errors
    /// The terminal cannot be taken over again.
    pub(crate) fn without<T>(&mut self, work: impl FnOnce() -> T) -> anyhow::Result<T> {
        ratatui::restore();
        let result = work();
        // A new one knows nothing of the screen, so that it draws all of it.
        self.inner = ratatui::try_init().context("taking over the terminal again")?;
        Ok(result)
    }

    /// Stops the program until the shell continues it, as Ctrl-Z does elsewhere.
    ///
    /// # Errors
    /// The terminal cannot be taken over again.
    pub(crate) fn suspend(&mut self) -> anyhow::Result<()> {
        let stopped = self.without(|| kill_process(getpid(), Signal::TSTP))?;
        stopped.context("stopping")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        ratatui::restore();
    }
}
