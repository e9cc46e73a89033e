//! Rows between a table and its passes: what of them is read, and how they are written back.

pub(super) mod postgres;

use super::row::{KeyPart, KeyParts};

impl KeyPart {
    /// As text, which the database reads back as the same value.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Uuid(value) => value.hyphenated().to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Text(value) => value.clone(),
        }
    }
}

impl KeyParts {
    /// As texts, in the order of the key's columns.
    pub(super) fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(KeyPart::to_text).collect()
    }

    /// As the tables of jobs name a row.
    pub(super) fn to_json(&self) -> String {
        json_of(&self.to_texts())
    }
}

/// A JSON array of texts.
pub(super) fn json_of(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// The texts of a JSON array; `None` where it is none.
pub(super) fn texts_of(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_the_tables_of_jobs() {
        let key = KeyParts(vec![KeyPart::Integer(-7), KeyPart::Text("a\"b,\u{1F600}\n".into())]);
        assert_eq!(texts_of(&key.to_json()), Some(key.to_texts()));
        assert_eq!(texts_of("{}"), None);
    }
}
