//! Under plain `cargo test`, nothing hangs in silence: after a while, the tests that have not ended
//! are named, and the command that shows what they wait for.
//!
//! A test that waits for ever prints nothing, and libtest says so only after a minute, one line per
//! test. This starts before `main`, because a check file is made of `#[test]` functions only.

use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Longer than the tests of any right answer take at the desk.
const PATIENCE: Duration = Duration::from_secs(10);

/// Set where the grader runs a check. It knows by itself what does not end.
const GRADED: &str = "GRADER_COMMISSION";

// SAFETY: std promises nothing to code that runs before `main`. On the systems that the course runs on,
// reading the environment and starting a thread need nothing that `main` sets up, and libtest has not
// begun, so nobody changes the environment meanwhile. Under the grader it returns at once.
#[ctor::ctor(unsafe)]
fn watch() {
    if std::env::var_os(GRADED).is_some() || !is_of_an_exercise() {
        return;
    }
    // Without this thread, a test that hangs is as silent as before.
    let _started = thread::Builder::new().name(OWN.to_owned()).spawn(|| {
        thread::sleep(PATIENCE);
        // `eprintln!` could belong to a test, and be shown only once it ends.
        let _said = std::io::stderr().write_all(message(&unended()).as_bytes());
    });
}

/// Whether cargo runs the tests of an exercise.
fn is_of_an_exercise() -> bool {
    let package = std::env::var_os("CARGO_MANIFEST_DIR");
    package.is_some_and(|folder| Path::new(&folder).join("exercise.yaml").exists())
}

/// What this thread is called, to leave it out.
const OWN: &str = "watchdog";

/// The longest name of a thread that Linux keeps, in bytes.
const KERNELS: usize = 15;

/// The names of the tests that run, as far as the system tells.
fn unended() -> Vec<String> {
    let own = std::fs::read_to_string("/proc/self/comm").unwrap_or_default();
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names =
        threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
    let mut names: Vec<String> = names
        .filter(|name| *name != own)
        .map(|name| name.trim().to_owned())
        .filter(|name| name != OWN && !name.is_empty())
        .map(|name| if name.len() < KERNELS { name } else { name + "…" })
        .collect();
    // A thread without a name has that of the test that started it.
    names.sort();
    names.dedup();
    names
}

fn message(tests: &[String]) -> String {
    let exercise = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let named = match tests {
        [] => String::new(),
        _ => format!(": {}", tests.join(", ")),
    };
    format!(
        "\nThere are tests that have not ended after {} seconds{named}.\n\
         They may wait for ever; Ctrl-C ends them. What they wait for:\n  \
         cargo run -p grader -- grade {exercise}\n",
        PATIENCE.as_secs()
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_grader_is_known_by_its_commission() {
        assert_eq!(super::GRADED, record::channel::COMMISSION);
    }
}
