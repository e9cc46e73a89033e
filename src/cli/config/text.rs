//! Text of the configuration that may be secret: from the environment or a file, and never printed.

use std::fmt;
use std::sync::OnceLock;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::cli::failure::Failure;

/// `"text"`, `"${VARIABLE}"` in part or whole, or `{ file = "path" }`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "text, or { file = \"path\" }")]
enum Source {
    Text(String),
    File { file: String },
}

#[derive(Deserialize)]
#[serde(from = "Source")]
pub(super) struct Text {
    source: Source,
    value: OnceLock<SecretString>,
}

impl From<Source> for Text {
    fn from(source: Source) -> Self {
        Self { source, value: OnceLock::new() }
    }
}

impl Text {
    /// The text, with what it refers to.
    pub(super) fn get(&self) -> Result<&str, Failure> {
        if self.value.get().is_none() {
            let value = match &self.source {
                Source::Text(text) => expand(text, |name| std::env::var(name).ok())?,
                Source::File { file } => std::fs::read_to_string(file)
                    .map_err(|error| Failure::failed("config.file", format!("{file}: {error}")))?
                    .trim_end()
                    .to_owned(),
            };
            let _ = self.value.set(value.into());
        }
        Ok(self.value.get().map_or("", |value| value.expose_secret()))
    }

    #[cfg(any(feature = "vault", feature = "pkcs11"))]
    pub(super) fn secret(&self) -> Result<SecretString, Failure> {
        self.get().map(SecretString::from)
    }
}

/// `$${` stands for `${`.
fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, Failure> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            out.push_str(&rest[..at]);
            out.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let name = rest[at + 2..].split_once('}');
        let (name, behind) = name.ok_or_else(|| Failure::failed("config.variable", "a `${` has no `}`"))?;
        let missing = || Failure::failed("config.variable", format!("the environment has no variable {name}"));
        out.push_str(&variable(name).ok_or_else(missing)?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, &'static str> {
        expand(text, |name| (name == "A").then(|| "b".to_owned())).map_err(|failure| failure.code)
    }

    #[test]
    fn variables_are_put_in_and_missing_ones_refused() {
        assert_eq!(expanded("x ${A}/${A}").as_deref(), Ok("x b/b"));
        assert_eq!(expanded("$${A}").as_deref(), Ok("${A}"));
        assert_eq!(expanded("${B}"), Err("config.variable"));
        assert_eq!(expanded("${A"), Err("config.variable"));
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let text: Text = Source::Text("hunter2".into()).into();
        assert_eq!(text.get().ok(), Some("hunter2"));
        assert!(!format!("{text:?}").contains("hunter2"));
    }
}
