//! Adapts rustc's diagnostics for learners.

mod excerpts;
mod suggestions;

use crate::compile::{Built, Diagnostic, Stopped};
use crate::graded::CompileError;
use crate::world::{ANSWER, World};
use std::collections::BTreeSet;
use std::path::Path;

/// The paths by which files are shown to the user.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The answer's file.
    pub answer: &'a Path,
    /// The exercise's folder, for the check files.
    pub exercise: &'a Path,
    /// The course's folder, which is removed from paths.
    pub course: &'a Path,
}

/// The compile error of an answer that was built in `worlds`, each given with its package's name.
/// `None` if all of them were built.
///
/// Most errors occur in every world, so only the errors of one world are shown: the native world if
/// it has any, because a learner knows its types.
pub fn compile_error(worlds: &[(World, &str, &Built)], names: Names<'_>) -> Option<CompileError> {
    let failed = |wanted: World| {
        let of_world = |(world, _, built): &&(World, &str, &Built)| {
            *world == wanted && (built.stopped.is_some() || !built.errors.is_empty())
        };
        worlds.iter().find(of_world)
    };
    let speaking = [World::Native, World::Model, World::Compile];
    let (world, package, built) = speaking.into_iter().find_map(failed)?;
    let errors = built.errors.iter().map(|error| match error.in_checks {
        true => named(&suggestions::without(&error.rendered), package, names),
        false => named(&error.rendered, package, names),
    });
    let mut rendered: String = errors.collect();
    match built.stopped {
        Some(Stopped::Limit) => rendered.push_str(STOPPED),
        Some(Stopped::Crash) => rendered.push_str(CRASHED),
        None => {}
    }
    let is_about_threads = |error: &Diagnostic| {
        ["cannot be shared between threads", "cannot be sent between threads"]
            .iter()
            .any(|message| error.message.contains(message))
    };
    let in_checks = || built.errors.iter().filter(|error| error.in_checks);
    if in_checks().any(is_about_threads) {
        rendered.push_str(NOT_SEND_OR_SYNC);
    } else if in_checks().next().is_some() {
        rendered.push_str(SIGNATURES);
    }
    if *world == World::Model && worlds.iter().any(|(world, ..)| *world == World::Native) {
        rendered.push_str(MODEL_ONLY);
    }
    let own = built.errors.iter().filter(|error| !error.in_checks);
    let missing = own.flat_map(|error| missing_std(&error.message));
    let missing_std: BTreeSet<_> = missing.collect();
    Some(CompileError { rendered, missing_std: missing_std.into_iter().collect() })
}

const STOPPED: &str = "error: the compiler was stopped because it exceeded its time or memory \
    limit\n  = help: look for a constant, a macro or a type in this file that expands without end\n";

const CRASHED: &str = "error: the compiler crashed on this file because it ran out of stack or \
    memory\n  = help: look for an expression, a type or a macro that is nested too deeply or \
    expands without end\n";

const MODEL_ONLY: &str = "help: this compiles on real threads, but not with the `std` that the \
    grader uses to control the schedule\n";

const NOT_SEND_OR_SYNC: &str = "help: the checks use this from several threads
      either a field of your type does not allow that (see its type above), or
      one of your bounds asks for more than the signature did at the start
";

const SIGNATURES: &str = "help: the checks use the public names and signatures of the starter
      keep these as they were, without fewer or more bounds; you may add others
      if they are as they were, the check file is wrong: tell the author
";

/// `rendered` with files of `package` replaced by the paths that the user knows.
pub fn named(rendered: &str, package: &str, names: Names<'_>) -> String {
    let course = format!("{}/", names.course.display());
    let ours = |folder| names.exercise.join(folder).display().to_string();
    let rendered = excerpts::of_package(rendered, package);
    let rendered = STAND_INS.iter().fold(rendered, |text, (ours, known)| text.replace(ours, known));
    rendered
        .replace(&format!("{package}/{ANSWER}"), &names.answer.display().to_string())
        .replace(&format!("{package}/tests"), &ours("tests"))
        .replace(&format!("{package}/src/bin"), &ours("src/bin"))
        .replace(&course, "")
}

/// The crates that replace `std` and `core`, and the names that a learner knows.
const STAND_INS: [(&str, &str); 4] = [
    ("native_std::", "std::"),
    ("model_std::", "std::"),
    ("native_core::", "core::"),
    ("model_core::", "core::"),
];

/// The items of `std` that an error reports as missing, such as `std::fs`.
fn missing_std(message: &str) -> Vec<String> {
    let words: Vec<_> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unresolved import") {
        return words.into_iter().filter(|w| w.starts_with("std::")).map(str::to_owned).collect();
    }
    match words.as_slice() {
        // "cannot find `fs` in `std`", or with a longer path such as `std::os`.
        [item, module] if *module == "std" || module.starts_with("std::") => {
            vec![format!("{module}::{item}")]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::Diagnostic;

    fn built(message: &str, in_checks: bool) -> Built {
        let rendered = format!("error: {message}\n --> rlock-native/src/lib.rs:3:5\n");
        let error = Diagnostic { message: message.to_owned(), rendered, in_checks };
        Built { errors: vec![error], ..Built::default() }
    }

    fn render(built: &Built) -> CompileError {
        let names = Names {
            answer: Path::new("exercises/08_rlock/src/lib.rs"),
            exercise: Path::new("exercises/08_rlock"),
            course: Path::new("/course"),
        };
        compile_error(&[(World::Native, "rlock-native", built)], names).unwrap()
    }

    #[test]
    fn files_have_the_names_that_the_user_knows() {
        let error = render(&built("mismatched types", false));
        assert!(error.rendered.contains("--> exercises/08_rlock/src/lib.rs:3:5"));
        assert!(!error.rendered.contains("signatures"));
        assert!(render(&built("mismatched types", true)).rendered.contains("signatures"));
    }

    #[test]
    fn what_std_lacks_is_told_by_name() {
        for (message, missing) in [
            ("cannot find `fs` in `std`", vec!["std::fs"]),
            ("unresolved imports `std::env`, `std::process`", vec!["std::env", "std::process"]),
            ("failed to resolve: could not find `net` in `std`", vec!["std::net"]),
            ("unresolved import `crate::fs`", vec![]),
            ("cannot find value `x` in this scope", vec![]),
        ] {
            assert_eq!(render(&built(message, false)).missing_std, missing, "{message}");
        }
    }

    #[test]
    fn one_world_speaks_for_all() {
        let (model, native) = (built("in the model", false), built("in native", false));
        let names =
            Names { answer: Path::new("a"), exercise: Path::new("e"), course: Path::new("/c") };
        let worlds = [(World::Model, "x-model", &model), (World::Native, "x-native", &native)];
        let error = compile_error(&worlds, names).unwrap();
        assert!(error.rendered.contains("in native") && !error.rendered.contains("in the model"));
        let fine = Built::default();
        let worlds = [(World::Model, "x-model", &model), (World::Native, "x-native", &fine)];
        let rendered = compile_error(&worlds, names).unwrap().rendered;
        assert!(rendered.contains("in the model") && rendered.contains("on real threads"));
        assert!(compile_error(&[(World::Native, "x-native", &fine)], names).is_none());
    }
}
