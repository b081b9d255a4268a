//! Child processes: their limits, their process groups, and how they ended.
//!
//! Every child leads a process group of its own. The whole group is killed when the child ends, for
//! whatever reason, so a grandchild cannot outlive the check that started it.

use crate::graded::Exit;
use crate::stillness::{self, Stillness};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The limits of a child. Memory is limited only on Linux.
///
/// All limits except the wall time apply to each process of the group separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// Wall time in seconds.
    pub wall: u64,
    /// Wall time in seconds for which every thread of the group may sleep without being woken. 0
    /// means no limit. Works only on Linux.
    pub still: u64,
    /// Processor time in seconds.
    pub cpu: u64,
    /// Private writable memory in bytes, which is what a program allocates. It is not address
    /// space: a thousand untouched stacks are cheap.
    pub memory: u64,
    /// The size in bytes of each file that it writes, including its output.
    pub output: u64,
}

/// A child that was started and has not been waited for yet.
#[derive(Debug)]
pub struct Running {
    stdout: Option<ChildStdout>,
    supervisor: JoinHandle<io::Result<Exit>>,
}

/// The live process groups, so that an interrupted grader leaves none behind.
static LIVE: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// A command that runs `program` under `limits`, from its first instruction on.
///
/// The caller adds arguments, environment and streams. A shell sets the limits and then becomes the
/// program: if they were set from outside, a quick child could run before they apply.
pub fn limited(program: impl AsRef<OsStr>, limits: Limits) -> Command {
    let Limits { cpu, memory, output, .. } = limits;
    // At the soft limit the kernel sends SIGXCPU, which identifies the cause; the hard limit stops
    // a program that ignores it. Files are counted in blocks of 512 bytes, memory in units of 1024.
    // A crash must not leave a core dump.
    let mut script = format!("ulimit -S -t {cpu} && ulimit -H -t {} && ulimit -c 0", cpu + 5);
    script += &format!(" && ulimit -f {}", output.div_ceil(512));
    if cfg!(target_os = "linux") {
        // On other systems this limit covers the whole address space.
        script += &format!(" && ulimit -d {}", memory / 1024);
    }
    script += r#" && exec "$0" "$@""#;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]).arg(program).process_group(0);
    command
}

/// Starts `command`, which [`limited`] made for `limits`. Its standard streams are those set on the
/// command; [`Running::stdout`] returns a piped output.
///
/// # Errors
/// The program cannot be started.
pub fn start(command: &mut Command, limits: Limits) -> io::Result<Running> {
    // Started and registered under one lock, so that an interrupt in between finds the group.
    let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut child = command.spawn()?;
    let pid = Pid::from_child(&child);
    live.insert(pid.as_raw_nonzero().get());
    drop(live);
    let stdout = child.stdout.take();
    let supervisor = std::thread::spawn(move || supervise(child, pid, limits));
    Ok(Running { stdout, supervisor })
}

/// Starts `command`, which [`limited`] made for `limits`, and waits for it to end.
///
/// # Errors
/// The program cannot be started.
pub fn run(command: &mut Command, limits: Limits) -> io::Result<Exit> {
    start(command, limits)?.wait()
}

/// On SIGINT, SIGHUP or SIGTERM, kills every child's group, then ends the grader as the signal
/// would by default.
///
/// # Errors
/// The handlers cannot be installed.
pub fn end_children_on_interrupt() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // This lock is never released, so no new child can start from here on.
            let live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
            live.iter().filter_map(|pid| Pid::from_raw(*pid)).for_each(kill);
            // Ends the process. If that fails, the next signal tries again.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
    Ok(())
}

impl Running {
    /// The piped output. `None` if there is none, or if it was taken before.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// Waits until the child ends.
    ///
    /// # Errors
    /// The kernel does not report how it ended.
    pub fn wait(self) -> io::Result<Exit> {
        let panicked = |_| io::Error::other("the thread waiting for a child panicked");
        self.supervisor.join().map_err(panicked)?
    }
}

/// Waits for `child`, at most for its wall time, and kills what is left of its group.
fn supervise(mut child: Child, pid: Pid, limits: Limits) -> io::Result<Exit> {
    let (over, is_over) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        // Wait without reaping: as long as the child is a zombie, its PID is not reused, so killing
        // the group cannot hit another process.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let status = loop {
            match waitid(WaitId::Pid(pid), options) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other,
            }
        };
        // Fails if the wall time is over and nobody is receiving any more.
        let _ = over.send(status);
    });
    let status = watch(pid, &is_over, limits);
    end(pid, &mut child)?;
    // The waiter ends because the child has ended.
    let _ = waiter.join();
    match status {
        Ok(Ok(Some(status))) => Ok(exit(&status, limits)),
        Ok(Ok(None)) => Err(io::Error::other("the child ended without a status")),
        Ok(Err(errno)) => Err(errno.into()),
        Err(exit) => Ok(exit),
    }
}

/// What `is_over` receives, or the limit that was reached first.
fn watch<T>(group: Pid, is_over: &mpsc::Receiver<T>, limits: Limits) -> Result<T, Exit> {
    let end = Instant::now() + Duration::from_secs(limits.wall);
    let most = Duration::from_secs(limits.still);
    let mut stillness = Stillness::of(group);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let pause = if limits.still == 0 { left } else { left.min(stillness::PAUSE) };
        if let Ok(status) = is_over.recv_timeout(pause) {
            return Ok(status);
        }
        if limits.still > 0
            && (stillness.look() * stillness::PAUSE >= most || stillness.is_for_ever())
        {
            return Err(Exit::Still);
        }
        if left <= pause {
            return Err(Exit::WallTime(limits.wall));
        }
    }
}

/// Kills the group of the child `pid`, then reaps the child.
fn end(pid: Pid, child: &mut Child) -> io::Result<()> {
    kill(pid);
    let reaped = child.wait();
    LIVE.lock().unwrap_or_else(PoisonError::into_inner).remove(&pid.as_raw_nonzero().get());
    reaped.map(drop)
}

fn kill(group: Pid) {
    // Fails only if no process is left in the group.
    let _ = kill_process_group(group, Signal::KILL);
}

fn exit(status: &WaitIdStatus, limits: Limits) -> Exit {
    match status.terminating_signal() {
        Some(signal) if signal == Signal::XCPU.as_raw() => Exit::CpuTime(limits.cpu),
        Some(signal) if signal == Signal::XFSZ.as_raw() => Exit::Output(limits.output),
        Some(signal) => Exit::Signal(signal),
        None => Exit::Code(status.exit_status().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;
    use std::time::Instant;

    const ROOMY: Limits = Limits { wall: 60, still: 0, cpu: 60, memory: 1 << 30, output: 1 << 20 };

    fn sh(script: &str, limits: Limits) -> Exit {
        let mut command = limited("sh", limits);
        command.args(["-c", script]).stdout(Stdio::null()).stderr(Stdio::null());
        run(&mut command, limits).unwrap()
    }

    #[test]
    fn tells_an_exit_code_from_a_signal() {
        assert_eq!(sh("exit 7", ROOMY), Exit::Code(7));
        assert_eq!(sh("kill -ABRT $$", ROOMY), Exit::Signal(6));
    }

    #[test]
    fn a_hang_ends_at_the_wall_time() {
        assert_eq!(sh("sleep 100", Limits { wall: 1, ..ROOMY }), Exit::WallTime(1));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_hang_ends_when_nothing_has_moved_for_long() {
        let limits = Limits { still: 1, ..ROOMY };
        assert_eq!(sh("sleep 100 & sleep 100", limits), Exit::Still);
        assert_eq!(
            sh("sleep 100 & for i in 1 2 3 4 5 6 7 8; do sleep 0.2; done", limits),
            Exit::Code(0)
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_spin_ends_at_the_processor_time() {
        assert_eq!(sh("while :; do :; done", Limits { cpu: 1, ..ROOMY }), Exit::CpuTime(1));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn endless_output_ends_at_the_size() {
        let folder = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(folder.path().join("out")).unwrap();
        let limits = Limits { output: 4096, ..ROOMY };
        let mut command = limited("cat", limits);
        command.arg("/dev/zero").stdout(file);
        assert_eq!(run(&mut command, limits).unwrap(), Exit::Output(4096));
        assert_eq!(folder.path().join("out").metadata().unwrap().len(), 4096);
    }

    #[test]
    fn a_grandchild_does_not_outlive_its_check() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let file = std::fs::File::create(&out).unwrap();
        let mut command = limited("sh", ROOMY);
        command.args(["-c", "sleep 1000 & echo $!"]).stdout(file);
        let begun = Instant::now();
        assert_eq!(run(&mut command, ROOMY).unwrap(), Exit::Code(0));
        assert!(begun.elapsed() < Duration::from_secs(30), "waited for the grandchild");
        let pid: i32 = std::fs::read_to_string(&out).unwrap().trim().parse().unwrap();
        // A kill takes a moment, and the grandchild may be a zombie until its new parent reaps it.
        let is_alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !(stat.is_empty() || stat.contains(") Z") || stat.contains(") X"))
        };
        while is_alive() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the grandchild lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
