//! The stage: a generated workspace in which answers are compiled.
//!
//! It has one package for each answer and world, with a generated manifest, the course's checks,
//! and only one file from the submission. Files are written only if their content has changed, so
//! cargo rebuilds only what it must.

use crate::ability;
use crate::course::{Check, Exercise, TestFile};
use crate::incremental;
use crate::instrument::{self, PublicFunctions, with_noted_results};
use crate::layout::Layout;
use crate::unchanged::write_if_changed;
use crate::world::{ANSWER, World};
use anyhow::Context;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value, toml};
use walkdir::WalkDir;

/// The purpose of a learner's stage. The answers in it are built again and again, those in others
/// only once.
pub(crate) const LEARNERS: &str = "grade";

/// The purpose of the stage for answers that run several times.
pub(crate) const REPEATED: &str = "repeat";

/// A package to stage: one answer in one world.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The exercise that it answers.
    pub exercise: &'a Exercise,
    /// Distinguishes answers to the same exercise.
    pub label: Option<&'a str>,
    /// The answer's source.
    pub text: &'a str,
    /// The world.
    pub world: World,
    /// The checks to run on it. Only their files are built.
    pub checks: Vec<&'a Check>,
    /// Nothing is inserted into the answer or the checks, so reports say less.
    pub plain: bool,
}

impl<'a> Part<'a> {
    /// The exercise's own programs. Only the native world can start them.
    fn programs(&self) -> impl Iterator<Item = &'a TestFile> + use<'a> {
        let native = self.world == World::Native;
        self.exercise.programs.iter().filter(move |_| native)
    }
}

/// A staged workspace.
#[derive(Debug)]
pub struct Stage {
    /// Its folder.
    pub folder: PathBuf,
    /// The names of its packages and of their folders, in the order of the parts.
    pub packages: Vec<String>,
    /// The wrapper around rustc that compiles the answers incrementally, if they are.
    pub wrapper: Option<PathBuf>,
}

impl Stage {
    /// Writes `parts` as the workspace for `purpose`. Packages of other exercises stay in place but
    /// are not built. Packages of exercises that the course no longer has (`known`) are removed.
    ///
    /// # Errors
    /// Files cannot be written.
    pub fn lay_out(
        layout: &Layout,
        purpose: &str,
        known: &[Exercise],
        parts: &[Part<'_>],
    ) -> anyhow::Result<Self> {
        let folder = layout.stage(purpose);
        let packages: Vec<_> = parts.iter().map(package_name).collect();
        remove_stale(&folder, known)?;
        write_if_changed(&folder.join("Cargo.toml"), workspace(&packages, purpose)?.as_bytes())?;
        let toolchain = layout.root.join("rust-toolchain.toml");
        if toolchain.is_file() {
            // The stage may be outside the course's folder.
            write_if_changed(&folder.join("rust-toolchain.toml"), &fs::read(toolchain)?)?;
        }
        if layout.lockfile.is_file() {
            // Copied every time, because cargo removes the crates that the parts of this run do not
            // need.
            let lock = fs::read(&layout.lockfile).context("reading Cargo.lock")?;
            write_if_changed(&folder.join("Cargo.lock"), &lock)?;
        }
        let mut noted = Noted::default();
        for (part, name) in parts.iter().zip(&packages) {
            write_package(&folder.join(name), name, part, layout, &mut noted)
                .with_context(|| format!("staging `{name}`"))?;
        }
        // Canonical, as in cargo's messages.
        let wrapper = (purpose == LEARNERS).then(|| incremental::wrapper(layout)).transpose()?;
        Ok(Self { folder: folder.canonicalize()?, packages, wrapper })
    }

    /// The folder of a package.
    pub fn package(&self, index: usize) -> PathBuf {
        self.folder.join(&self.packages[index])
    }
}

/// The name of a package, such as `rlock-model` or `rlock--wrong-anyone_may_release-model`.
fn package_name(part: &Part<'_>) -> String {
    let label = part.label.map(|label| format!("--{}", label.replace('/', "-")));
    format!("{}{}-{}", part.exercise.name, label.unwrap_or_default(), part.world.name())
}

/// The name of the cargo target for the exercise's program `program` in `package`.
pub(crate) fn program_name(package: &str, program: &str) -> String {
    format!("{package}--{program}")
}

fn workspace(packages: &[String], purpose: &str) -> anyhow::Result<String> {
    // Optimising pays only if the programs run many times.
    let opt_level = i64::from(purpose == REPEATED);
    let members: Vec<_> = packages.iter().cloned().map(Value::String).collect();
    let mut manifest = toml! {
        [workspace]
        resolver = "3"

        // Source positions come from `Location`, not from debug information. Optimising the answers
        // would take longer than it saves, because the search itself runs in the worlds. Symbols
        // are never needed, and stripping them makes linking faster and the folder smaller. One
        // codegen unit is faster to link, which outweighs parallel code generation for so few
        // functions.
        [profile.dev]
        debug = false
        strip = "symbols"
        codegen-units = 1
        incremental = false

        [profile.dev.package]
        corosensei = { opt-level = 3 }
        explorer = { opt-level = 3, codegen-units = 16 }
        // It runs once per schedule in the few checks that use it. More would take longer to build
        // than it saves.
        insta = { opt-level = 1 }
        model-std = { opt-level = 3, codegen-units = 16 }
        shuttle-engine = { opt-level = 3 }

        [profile.dev.build-override]
        opt-level = 0
    };
    if let Some(Value::Table(profile)) = manifest.get_mut("profile")
        && let Some(Value::Table(dev)) = profile.get_mut("dev")
    {
        dev.insert("opt-level".to_owned(), opt_level.into());
    }
    if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
        workspace.insert("members".to_owned(), Value::Array(members));
    }
    Ok(toml::to_string(&manifest)?)
}

/// The files of checks with noted results, by their exercise, their path and the functions whose results
/// are noted: these are the same for almost all answers to an exercise, and the files are long.
type Noted = HashMap<(String, PathBuf, PublicFunctions), String>;

/// Writes the files of one package and removes all others.
fn write_package(
    folder: &Path,
    name: &str,
    part: &Part<'_>,
    layout: &Layout,
    noted: &mut Noted,
) -> anyhow::Result<()> {
    let manifest = manifest(folder, name, part, layout)?;
    let own = part.exercise.tests_in(part.world).chain(part.programs());
    let own = own.map(|file| (file.path.as_path(), Cow::Borrowed(file.content.as_slice())));
    let mut files: BTreeMap<&Path, Cow<'_, [u8]>> = own.collect();
    if part.world == World::Model && !part.plain {
        let functions = PublicFunctions::of(part.text);
        for (path, content) in &mut files {
            let Ok(text) = str::from_utf8(content) else { continue };
            let of = (part.exercise.name.clone(), path.to_path_buf(), functions.clone());
            let noted = noted.entry(of).or_insert_with(|| with_noted_results(text, &functions));
            *content = Cow::Owned(noted.clone().into_bytes());
        }
    }
    files.insert(Path::new("Cargo.toml"), Cow::Borrowed(manifest.as_bytes()));
    let answer = match part.world {
        World::Model if !part.plain => Cow::Owned(instrument::answer(part.text)),
        World::Model | World::Native | World::Compile => Cow::Borrowed(part.text),
    };
    files.insert(Path::new(ANSWER), Cow::Borrowed(answer.as_bytes()));
    for (path, content) in &files {
        write_if_changed(&folder.join(path), content)?;
    }
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        let below = entry.path().strip_prefix(folder)?;
        if !entry.file_type().is_dir() && !files.contains_key(below) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn manifest(folder: &Path, name: &str, part: &Part<'_>, layout: &Layout) -> anyhow::Result<String> {
    let mut manifest = toml! {
        [package]
        edition = "2024"
        publish = false
        autolib = false
        autobins = false
        autoexamples = false
        autotests = false
        autobenches = false
        build = false

        [lib]
        test = false
        doctest = false

        [lints.rust]
        unsafe_code = "forbid"
    };
    set(&mut manifest, "package", "name", name);
    if part.world == World::Model {
        // What is inserted at the end of a block may not be reached.
        let lints = manifest.get_mut("lints").and_then(|lints| lints.get_mut("rust"));
        if let Some(Value::Table(lints)) = lints {
            lints.insert("unreachable_code".to_owned(), "allow".into());
        }
    }
    // The stages share one build folder, and cargo treats packages of the same name and version as
    // the same, even from different workspaces.
    let stage = folder.parent().unwrap_or(folder).as_os_str().as_encoded_bytes();
    let version = format!("0.0.0+{}", &blake3::hash(stage).to_hex()[..16]);
    set(&mut manifest, "package", "version", &version);
    set(&mut manifest, "lib", "name", part.exercise.name.as_str());
    set(&mut manifest, "lib", "path", ANSWER);
    let target = |file: &TestFile, name: String| {
        let mut target = Table::new();
        target.insert("name".to_owned(), name.into());
        target.insert("path".to_owned(), file.path.display().to_string().into());
        target
    };
    let wanted = |file: &TestFile| part.checks.iter().any(|check| check.file == file.path);
    let tests = part.exercise.tests_in(part.world).filter(|file| file.is_target() && wanted(file));
    let tests: Vec<_> = tests.map(|file| Value::Table(target(file, file.stem()))).collect();
    manifest.insert("test".to_owned(), Value::Array(tests));
    let programs = part.programs().map(|file| {
        // The programs of all packages end up in one folder, so their names must differ.
        let mut program = target(file, program_name(name, &file.stem()));
        program.insert("test".to_owned(), false.into());
        Value::Table(program)
    });
    manifest.insert("bin".to_owned(), Value::Array(programs.collect()));
    manifest.insert("dependencies".to_owned(), Value::Table(dependencies(part, layout)?));
    let mut needs = part.exercise.dev_dependencies.clone();
    // Each world gets only what its checks use. A manifest does not say which: `trybuild` is for
    // the contracts, everything else for the other checks.
    needs.retain(|name, _| (name == "trybuild") == (part.world == World::Compile));
    manifest.insert("dev-dependencies".to_owned(), Value::Table(needs));
    Ok(toml::to_string(&manifest)?)
}

/// The dependencies of a package: the world's crates, and those that the exercise's abilities add.
fn dependencies(part: &Part<'_>, layout: &Layout) -> anyhow::Result<Table> {
    let mut dependencies = match part.world {
        World::Model => Table::new(),
        World::Native | World::Compile => part.exercise.dependencies.clone(),
    };
    let place = |name: &str| (name.to_owned(), layout.worlds.join(name));
    let worlds = match part.world {
        World::Model => vec![("std", place("model-std")), ("core", place("model-core"))],
        World::Native => {
            let std = ability::native_std(layout, &part.exercise.abilities)?;
            vec![("std", std), ("core", place("native-core"))]
        }
        World::Compile => Vec::new(),
    };
    for (name, (package, path)) in worlds {
        let mut world = Table::new();
        world.insert("path".to_owned(), path.display().to_string().into());
        world.insert("package".to_owned(), package.into());
        dependencies.insert(name.to_owned(), Value::Table(world));
    }
    Ok(dependencies)
}

fn set(manifest: &mut Table, section: &str, key: &str, value: &str) {
    if let Some(Value::Table(section)) = manifest.get_mut(section) {
        section.insert(key.to_owned(), value.into());
    }
}

/// Removes packages of exercises that the course no longer has.
fn remove_stale(folder: &Path, known: &[Exercise]) -> anyhow::Result<()> {
    let names: BTreeSet<&str> = known.iter().map(|exercise| exercise.name.as_str()).collect();
    fs::create_dir_all(folder)?;
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // An exercise's name contains no `-`.
        let exercise = name.split('-').next().unwrap_or_default();
        if entry.file_type()?.is_dir() && !names.contains(exercise) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
