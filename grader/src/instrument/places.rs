//! The places in a record, as the author of the file knows them: paths relative to the exercise, and
//! columns without what was inserted into the staged file.

use super::piece;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// What is `told`, with the locations that are in the staged `package` as places in the exercise.
pub(crate) fn in_exercise<T: Serialize + DeserializeOwned>(
    told: T,
    package: &Path,
) -> anyhow::Result<T> {
    let mut value = serde_json::to_value(told)?;
    Places::of(package).translate(&mut value);
    Ok(serde_json::from_value(value)?)
}

/// The prefix of the staged package's files in locations, which are relative to the workspace.
pub(crate) fn prefix(package: &Path) -> String {
    format!("{}/", package.file_name().unwrap_or_default().to_string_lossy())
}

struct Places<'a> {
    package: &'a Path,
    prefix: String,
    /// The lines of the staged files.
    files: HashMap<String, Vec<String>>,
}

impl<'a> Places<'a> {
    fn of(package: &'a Path) -> Self {
        Self { package, prefix: prefix(package), files: HashMap::new() }
    }

    fn translate(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                self.translate_location(fields);
                fields.iter_mut().for_each(|(_, value)| self.translate(value));
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.translate(value)),
            _ => {}
        }
    }

    /// Translates `fields` if they are those of a location in one of the package's files.
    fn translate_location(&mut self, fields: &mut Map<String, Value>) {
        let Some(Value::String(path)) = fields.get_mut("file") else { return };
        let Some(own) = path.strip_prefix(&self.prefix).map(str::to_owned) else { return };
        path.clone_from(&own);
        let number = |name: &str| fields.get(name).and_then(Value::as_u64).map(|it| it as u32);
        let (Some(line), Some(column)) = (number("line"), number("column")) else { return };
        let original = self.line(&own, line).map(|line| piece::original_column(line, column));
        if let Some(original) = original {
            fields.insert("column".to_owned(), original.into());
        }
    }

    fn line(&mut self, file: &str, line: u32) -> Option<&str> {
        let package = self.package;
        let lines = self.files.entry(file.to_owned()).or_insert_with(|| {
            let text = fs::read_to_string(package.join(file)).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        });
        lines.get(line.checked_sub(1)? as usize).map(String::as_str)
    }
}
