//! The stage: a generated workspace in which answers are compiled.
//!
//! A package for each answer and world: our manifest, our checks, and of the submission nothing but
//! the one file. A file is written only when its content changed, so that cargo builds only what did.

use crate::ability;
use crate::course::{Check, Exercise, TestFile};
use crate::layout::Layout;
use crate::tracked::with_tracked_helpers;
use crate::unchanged::write_if_changed;
use crate::world::{ANSWER, World};
use anyhow::Context;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value, toml};
use walkdir::WalkDir;

/// What is to be staged: one answer in one world.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The exercise that it answers.
    pub exercise: &'a Exercise,
    /// Tells answers to one exercise apart.
    pub label: Option<&'a str>,
    /// The answer.
    pub text: &'a str,
    /// The world.
    pub world: World,
    /// The checks that it must meet. Only their files are built.
    pub checks: Vec<&'a Check>,
}

impl<'a> Part<'a> {
    /// The exercise's own programs, which only the native world can start.
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
    /// The names of its packages, which are their folders' names too, in the order of the parts.
    pub packages: Vec<String>,
}

impl Stage {
    /// Lay out `parts` as the workspace for `purpose`. Packages of other exercises stay where they
    /// are, unbuilt, unless the course (`known`) no longer has the exercise.
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
            // The stage need not lie below the course.
            write_if_changed(&folder.join("rust-toolchain.toml"), &fs::read(toolchain)?)?;
        }
        if layout.lockfile.is_file() {
            // Each time anew: cargo drops from it what the parts of this run do not need.
            let lock = fs::read(&layout.lockfile).context("reading Cargo.lock")?;
            write_if_changed(&folder.join("Cargo.lock"), &lock)?;
        }
        for (part, name) in parts.iter().zip(&packages) {
            write_package(&folder.join(name), name, part, layout)
                .with_context(|| format!("staging `{name}`"))?;
        }
        // As cargo will name it.
        Ok(Self { folder: folder.canonicalize()?, packages })
    }

    /// The folder of a package.
    pub fn package(&self, index: usize) -> PathBuf {
        self.folder.join(&self.packages[index])
    }
}

/// `rlock-model`, or `rlock--wrong-anyone_may_release-model`.
fn package_name(part: &Part<'_>) -> String {
    let label = part.label.map(|label| format!("--{}", label.replace('/', "-")));
    format!("{}{}-{}", part.exercise.name, label.unwrap_or_default(), part.world.name())
}

/// The cargo target for the exercise's program `program` in `package`.
pub(crate) fn program_name(package: &str, program: &str) -> String {
    format!("{package}--{program}")
}

fn workspace(packages: &[String], purpose: &str) -> anyhow::Result<String> {
    // A learner builds the same answers again and again, an author many answers once.
    let incremental = purpose == "grade";
    // Worth its time only where what is built runs many times.
    let opt_level = i64::from(purpose == "repeat");
    let members: Vec<_> = packages.iter().cloned().map(Value::String).collect();
    let mut manifest = toml! {
        [workspace]
        resolver = "3"

        // Places in the source come from `Location`, not from debug information. Optimising the
        // answers would take longer than it saves: the search itself is in the worlds.
        // Nobody looks for a symbol in them, and the linker is quicker and the folder smaller without.
        // One file for the linker takes less time than what the answers' few functions gain from many.
        [profile.dev]
        debug = false
        strip = "symbols"
        codegen-units = 1

        [profile.dev.package]
        corosensei = { opt-level = 3 }
        explorer = { opt-level = 3, codegen-units = 16 }
        // It runs once a schedule in the checks that use it.
        insta = { opt-level = 3 }
        model-std = { opt-level = 3, codegen-units = 16 }
        shuttle-engine = { opt-level = 3 }

        [profile.dev.build-override]
        opt-level = 0
    };
    if let Some(Value::Table(profile)) = manifest.get_mut("profile")
        && let Some(Value::Table(dev)) = profile.get_mut("dev")
    {
        dev.insert("incremental".to_owned(), incremental.into());
        dev.insert("opt-level".to_owned(), opt_level.into());
    }
    if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
        workspace.insert("members".to_owned(), Value::Array(members));
    }
    Ok(toml::to_string(&manifest)?)
}

/// The files of one package, and no others.
fn write_package(
    folder: &Path,
    name: &str,
    part: &Part<'_>,
    layout: &Layout,
) -> anyhow::Result<()> {
    let manifest = manifest(folder, name, part, layout)?;
    let own = part.exercise.tests_in(part.world).chain(part.programs());
    let mut files: BTreeMap<&Path, &[u8]> =
        own.map(|file| (file.path.as_path(), file.content.as_slice())).collect();
    files.insert(Path::new("Cargo.toml"), manifest.as_bytes());
    // Where steps are recorded, those of small helpers are to be told at the lines that call them.
    let answer = match part.world {
        World::Model => Cow::Owned(with_tracked_helpers(part.text)),
        World::Native | World::Compile => Cow::Borrowed(part.text),
    };
    files.insert(Path::new(ANSWER), answer.as_bytes());
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
    // To cargo, packages of the same name and version in two workspaces are the same, and stages
    // share one build folder.
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
        // Programs of all packages lie in one folder.
        let mut program = target(file, program_name(name, &file.stem()));
        program.insert("test".to_owned(), false.into());
        Value::Table(program)
    });
    manifest.insert("bin".to_owned(), Value::Array(programs.collect()));
    manifest.insert("dependencies".to_owned(), Value::Table(dependencies(part, layout)?));
    let mut needs = part.exercise.dev_dependencies.clone();
    // Each world builds only what its checks use, as the course cannot tell: `trybuild` belongs to
    // the contracts, whatever else to the checks.
    needs.retain(|name, _| (name == "trybuild") == (part.world == World::Compile));
    manifest.insert("dev-dependencies".to_owned(), Value::Table(needs));
    Ok(toml::to_string(&manifest)?)
}

/// The worlds, and what the exercise's abilities bring.
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

/// Remove packages of exercises that the course no longer has.
fn remove_stale(folder: &Path, known: &[Exercise]) -> anyhow::Result<()> {
    let names: BTreeSet<&str> = known.iter().map(|exercise| exercise.name.as_str()).collect();
    fs::create_dir_all(folder)?;
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Names of exercises have no `-`.
        let exercise = name.split('-').next().unwrap_or_default();
        if entry.file_type()?.is_dir() && !names.contains(exercise) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
