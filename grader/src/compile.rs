//! Builds the whole stage with one call to cargo.

mod built;

use crate::dep_info;
use crate::graded::Exit;
use crate::instrument::without_pieces;
use crate::process::{self, Limits};
use crate::progress::{Event, Listener};
use crate::stage::Stage;
use crate::world::ANSWER;
use anyhow::{Context, bail};
pub use built::{Built, Diagnostic, Stopped, discard};
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{CompilerMessage, Message, TargetKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

/// The folders of the worlds' own sources, as rustc names them.
const WORLDS: [&str; 5] = [
    "/worlds/model-core/src/",
    "/worlds/model-std/src/",
    "/worlds/native-core/src/",
    "/worlds/native-std/src/",
    "/worlds/world-macros/src/",
];

/// Said before anything has been built.
const FIRST_RUN: &str = "note: the first run compiles the `std` that your code runs against, which takes about \
    a minute; later runs compile only what has changed";

/// Builds every package of `stage` into `target`, with `limits` for each compiler process. The
/// results are in the order of the packages.
///
/// # Errors
/// Anything that no answer can cause: cargo cannot be started, a crate cannot be obtained, one of
/// the worlds does not compile.
pub fn build(
    stage: &Stage,
    target: &Path,
    limits: Limits,
    listener: Listener<'_>,
) -> anyhow::Result<Vec<Built>> {
    if !target.join("debug").exists() {
        listener(Event::Note(FIRST_RUN));
    }
    fs::create_dir_all(target)?;
    let offline = Attempt::new(stage, target, limits, true, listener)?;
    if offline.is_short_of_a_crate() {
        listener(Event::Note("downloading a crate that the checks need; this happens only once"));
        return Attempt::new(stage, target, limits, false, listener)?.results(stage, target);
    }
    offline.results(stage, target)
}

/// The result of one call to cargo.
struct Attempt {
    built: BTreeMap<PathBuf, Built>,
    /// An error in one of the grader's own crates.
    ours: Option<String>,
    /// What keeps the grader from knowing what rustc has read.
    fault: Option<String>,
    /// When cargo was started.
    begun: SystemTime,
    /// Whether cargo got as far as compiling.
    compiled: bool,
    exit: Exit,
    stderr: String,
}

impl Attempt {
    fn new(
        stage: &Stage,
        target: &Path,
        limits: Limits,
        offline: bool,
        listener: Listener<'_>,
    ) -> anyhow::Result<Self> {
        let log = stage.folder.join("cargo.log");
        let mut command = process::limited(cargo(), limits);
        command
            .env_clear()
            .envs(environment())
            .args(["build", "--workspace", "--tests", "--keep-going", "--message-format=json"])
            .args(offline.then_some("--offline"))
            .envs(stage.wrapper.as_ref().map(|wrapper| ("RUSTC_WORKSPACE_WRAPPER", wrapper)))
            .arg("--target-dir")
            .arg(target)
            .current_dir(&stage.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?);
        let total = stage.packages.len();
        listener(Event::Building { done: 0, total, last: None });
        let begun = SystemTime::now();
        let mut running = process::start(&mut command, limits).context("starting cargo")?;
        let mut reader = Reader::new(stage);
        if let Some(stdout) = running.stdout() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                let message = message.context("reading cargo's messages")?;
                let compiled = match &message {
                    Message::CompilerArtifact(artifact) if !artifact.fresh => {
                        Some(artifact.target.name.clone())
                    }
                    _ => None,
                };
                if reader.take(message) || compiled.is_some() {
                    let (done, last) = (reader.complete.len(), compiled.as_deref());
                    listener(Event::Building { done, total, last });
                }
            }
        }
        let exit = running.wait()?;
        let stderr = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let Reader { built, ours, fault, compiled, .. } = reader;
        Ok(Self { built, ours, fault, begun, compiled, exit, stderr })
    }

    /// Whether cargo failed because it was not allowed to download a crate.
    fn is_short_of_a_crate(&self) -> bool {
        // The text is cargo's own: no part of a submission has been compiled yet.
        !self.compiled && self.stderr.contains("offline")
    }

    fn results(mut self, stage: &Stage, target: &Path) -> anyhow::Result<Vec<Built>> {
        if let Some(ours) = self.ours {
            bail!("one of the grader's own crates does not compile:\n{ours}");
        }
        if let Some(fault) = self.fault {
            bail!("{fault}");
        }
        if !self.compiled {
            bail!("cargo failed ({:?}):\n{}", self.exit, self.stderr.trim());
        }
        let mut results = Vec::new();
        for (index, name) in stage.packages.iter().enumerate() {
            let mut built = self.built.remove(&stage.package(index)).unwrap_or_default();
            if built.tests.is_empty() && built.errors.is_empty() && built.beside.is_empty() {
                built.stopped = was_stopped(&self.stderr, name);
                if built.stopped.is_none() {
                    bail!("`{name}` was not built; cargo reports:\n{}", self.stderr.trim());
                }
            }
            if built.library.is_none() {
                let (deps, answer) = (target.join("debug/deps"), format!("{name}/{ANSWER}"));
                let crate_name = name.split('-').next().unwrap_or_default();
                let read = dep_info::beside_failed(&deps, crate_name, &answer, self.begun);
                built.beside.extend(read);
            }
            results.push(built);
        }
        Ok(results)
    }
}

/// How rustc ended on `package`, if cargo reports that rustc was killed or crashed.
fn was_stopped(stderr: &str, package: &str) -> Option<Stopped> {
    let mut reports = stderr.split("error: could not compile ").skip(1);
    let package = format!("`{package}`");
    let report = reports.find(|it| it.starts_with(&package) && it.contains("Caused by:"))?;
    // Compilers that run in parallel share this output, so a message cannot be attributed to one of
    // them. The cause is known only if all messages agree.
    let overflowed = stderr.contains("overflowed its stack");
    let of_memory = stderr.contains("memory allocation of ");
    let aborted = report.contains("SIGABRT") && overflowed && !of_memory;
    let crashed = report.contains("SIGSEGV") || aborted;
    Some(if crashed { Stopped::Crash } else { Stopped::Limit })
}

/// Processes cargo's messages one by one.
struct Reader {
    folders: BTreeSet<PathBuf>,
    built: BTreeMap<PathBuf, Built>,
    complete: BTreeSet<PathBuf>,
    ours: Option<String>,
    /// What keeps the grader from knowing what rustc has read.
    fault: Option<String>,
    compiled: bool,
}

impl Reader {
    fn new(stage: &Stage) -> Self {
        let folders = (0..stage.packages.len()).map(|index| stage.package(index)).collect();
        Self {
            folders,
            built: BTreeMap::new(),
            complete: BTreeSet::new(),
            ours: None,
            fault: None,
            compiled: false,
        }
    }

    /// Processes one message. Returns whether it completes a package.
    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::CompilerArtifact(artifact) => {
                let folder = self.staged(artifact.manifest_path.as_std_path());
                if let Some(folder) = &folder {
                    let files = artifact.filenames.iter().map(|it| it.as_std_path().to_owned());
                    self.built.entry(folder.clone()).or_default().files.extend(files);
                }
                if let Some(folder) = &folder
                    && artifact.target.kind.contains(&TargetKind::Lib)
                {
                    let library = artifact.filenames.first().map(|it| it.as_std_path().to_owned());
                    self.note_library(folder, library);
                }
                let (Some(folder), Some(program)) = (folder, artifact.executable) else {
                    return false;
                };
                let built = self.built.entry(folder.clone()).or_default();
                let (name, program) = (artifact.target.name, program.into_std_path_buf());
                if artifact.target.kind.contains(&TargetKind::Bin) {
                    built.programs.insert(name, program);
                    return false;
                }
                built.tests.insert(name, program);
                return self.complete.insert(folder);
            }
            Message::CompilerMessage(message) => self.diagnose(message),
            Message::BuildFinished(_) => self.compiled = true,
            _ => {}
        }
        false
    }

    /// An answer's library was built, in this run or in an earlier one.
    fn note_library(&mut self, folder: &Path, library: Option<PathBuf>) {
        let package = folder.file_name().unwrap_or_default().to_string_lossy();
        let answer = format!("{package}/{ANSWER}");
        let built = self.built.entry(folder.to_owned()).or_default();
        match library.as_deref().map(|library| dep_info::beside(library, &answer)) {
            Some(Ok(read)) => built.beside.extend(read),
            Some(Err(error)) => {
                self.fault = Some(format!("what rustc read for `{package}`: {error}"))
            }
            None => self.fault = Some(format!("cargo names no library of `{package}`")),
        }
        built.library = library;
    }

    fn diagnose(&mut self, message: CompilerMessage) {
        let folder = self.staged(message.target.src_path.as_std_path());
        let diagnostic = message.message;
        // "aborting due to 2 previous errors" has no location.
        let summary = diagnostic.spans.is_empty() && diagnostic.code.is_none();
        let rendered = without_pieces(&diagnostic.rendered.unwrap_or_default());
        let is_error = matches!(diagnostic.level, DiagnosticLevel::Error | DiagnosticLevel::Ice);
        let Some(folder) = folder else {
            if is_error && self.ours.is_none() {
                self.ours = Some(rendered);
            }
            return;
        };
        let ours = [TargetKind::Test, TargetKind::Bin];
        let in_checks = ours.iter().any(|kind| message.target.kind.contains(kind));
        let package = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let elsewhere =
            diagnostic.spans.iter().filter(|span| !may_be_quoted(&span.file_name, &package));
        let elsewhere: Vec<String> = elsewhere.map(|span| span.file_name.clone()).collect();
        let built = self.built.entry(folder).or_default();
        if !in_checks && !elsewhere.is_empty() {
            // It would show what is in that file.
            built.beside.extend(elsewhere);
            return;
        }
        if is_error && !(summary && rendered.contains("aborting due to")) {
            let error = Diagnostic { message: diagnostic.message, rendered, in_checks };
            if !built.errors.contains(&error) {
                built.errors.push(error);
            }
        } else if diagnostic.level == DiagnosticLevel::Warning
            && !in_checks
            && !diagnostic.spans.is_empty()
            && !built.warnings.contains(&rendered)
        {
            built.warnings.push(rendered);
        }
    }

    /// The folder of the staged package that contains `file`.
    fn staged(&self, file: &Path) -> Option<PathBuf> {
        file.ancestors().find_map(|folder| self.folders.get(folder)).cloned()
    }
}

/// Whether a message about an answer in `package` may quote the file called `name`: the answer itself, a
/// check, or a crate that the answer was compiled with, but no file of the machine's.
fn may_be_quoted(name: &str, package: &str) -> bool {
    let below = Path::new(name).strip_prefix(package);
    below.is_ok_and(|below| below == Path::new(ANSWER) || below.starts_with("tests"))
        // The standard library's own, and what a macro of a world expands to.
        || name.starts_with("/rustc/")
        || name.starts_with('<')
        || WORLDS.iter().any(|world| name.contains(world))
        || name.contains("/rustlib/src/rust/library/")
        // A crate that the exercise's answers may use.
        || name.contains("/registry/src/")
}

/// The cargo to call: the one that started the grader, if any, because it has already resolved the
/// toolchain.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The environment variables that cargo and rustc get: the locations of tools and crates. Variables
/// set by `cargo run`, or by a user for their own builds, must not affect how an answer is built.
pub(crate) fn environment() -> impl Iterator<Item = (&'static str, OsString)> {
    const KEPT: [&str; 12] = [
        "PATH",
        "HOME",
        "USER",
        "TMPDIR",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "HTTPS_PROXY",
        "https_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        // The linker on macOS needs it.
        "SDKROOT",
    ];
    let kept = KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    kept.chain([("CARGO_TERM_COLOR", "never".into())])
}
