//! Abilities: access beyond the process, for the exercises that need it.
//!
//! An exercise about processes, sockets or signals requests abilities by name in its
//! `exercise.yaml`. Its `std` then has the corresponding modules, in the native world only.

use crate::layout::Layout;
use crate::unchanged::write_if_changed;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::{Table, Value, toml};

/// Something that an answer in the native world may use besides threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// Start processes and communicate with them: `std::process`, `env`, `os`, `path` and all of
    /// `io`. The exercise may have programs of its own in `src/bin/`.
    Processes,
    /// Communicate over the network: `std::net`.
    Sockets,
    /// Receive signals, through the crate `signal-hook`, since `std` has no API for them.
    Signals,
}

impl Ability {
    /// All abilities.
    pub const ALL: [Self; 3] = [Self::Processes, Self::Sockets, Self::Signals];

    /// Its name in `exercise.yaml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Processes => "processes",
            Self::Sockets => "sockets",
            Self::Signals => "signals",
        }
    }

    /// The ability with this name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ability| ability.name() == name)
    }

    /// The modules that it adds to `std`.
    fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Processes => &["env", "io", "os", "path", "process"],
            Self::Sockets => &["net"],
            Self::Signals => &[],
        }
    }

    /// The crate that it allows in a manifest's `[dependencies]`.
    pub fn dependency(self) -> Option<&'static str> {
        match self {
            Self::Signals => Some("signal-hook"),
            Self::Processes | Self::Sockets => None,
        }
    }
}

/// The native world's `std` with `abilities`: its package's name and folder. If they add no
/// modules, this is `native-std` itself; otherwise it is a wrapper crate that this function writes.
///
/// # Errors
/// Files cannot be written.
pub(crate) fn native_std(
    layout: &Layout,
    abilities: &BTreeSet<Ability>,
) -> anyhow::Result<(String, PathBuf)> {
    let world = "native-std".to_owned();
    let folder = layout.worlds.join(&world);
    let modules: BTreeSet<_> = abilities.iter().flat_map(|ability| ability.modules()).collect();
    if modules.is_empty() {
        return Ok((world, folder));
    }
    let names: Vec<_> = abilities.iter().map(|ability| ability.name()).collect();
    let package = format!("{world}-{}", names.join("-"));
    let own = layout.able_worlds().join(&package);
    let modules: Vec<_> = modules.into_iter().copied().collect();
    // The named imports shadow those of the glob.
    let source = format!(
        "//! `{world}`, and what this exercise may do besides.\n\npub use native_std::*;\n\n\
         pub use ::std::{{{}}};\n",
        modules.join(", ")
    );
    write_if_changed(&own.join("src/lib.rs"), source.as_bytes())?;
    write_if_changed(&own.join("Cargo.toml"), manifest(&package, &folder)?.as_bytes())?;
    Ok((package, own))
}

fn manifest(package: &str, world: &Path) -> anyhow::Result<String> {
    let mut manifest = toml! {
        [package]
        version = "0.0.0"
        edition = "2024"
        publish = false

        [dependencies.native-std]

        // It is not a member of the workspace above it.
        [workspace]
    };
    if let Some(Value::Table(section)) = manifest.get_mut("package") {
        section.insert("name".to_owned(), package.into());
    }
    if let Some(Value::Table(dependencies)) = manifest.get_mut("dependencies") {
        let mut native = Table::new();
        native.insert("path".to_owned(), world.display().to_string().into());
        dependencies.insert("native-std".to_owned(), Value::Table(native));
    }
    Ok(toml::to_string(&manifest)?)
}
