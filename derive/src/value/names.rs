//! The text of a variant. The rules are serde's, so that a variant has one name in cells and in JSON; their results are
//! stored, so they never change.

use syn::{Error, LitStr, Result};

/// How a variant's name becomes its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    pub(super) fn parse(name: &LitStr) -> Result<Self> {
        let found = CASES.into_iter().find(|(known, _)| *known == name.value());
        found.map(|(_, case)| case).ok_or_else(|| {
            let known = CASES.map(|(known, _)| format!("`{known}`")).join(", ");
            Error::new(name.span(), format!("no such case: one of {known}"))
        })
    }

    pub(super) fn apply(self, variant: &str) -> String {
        match self {
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Pascal => variant.to_owned(),
            Self::Camel => {
                let first = variant.chars().next().map_or(0, char::len_utf8);
                variant[..first].to_ascii_lowercase() + &variant[first..]
            }
            Self::Snake => separated(variant, '_').to_ascii_lowercase(),
            Self::ScreamingSnake => separated(variant, '_').to_ascii_uppercase(),
            Self::Kebab => separated(variant, '-').to_ascii_lowercase(),
            Self::ScreamingKebab => separated(variant, '-').to_ascii_uppercase(),
        }
    }
}

/// A separator before each capital letter but the first.
fn separated(variant: &str, separator: char) -> String {
    let mut out = String::with_capacity(variant.len() + 4);
    for (i, letter) in variant.char_indices() {
        if i > 0 && letter.is_uppercase() {
            out.push(separator);
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_serdes() {
        let names = |variant: &str| CASES.map(|(_, case)| case.apply(variant));
        let expected = [
            "verytasty",
            "VERYTASTY",
            "VeryTasty",
            "veryTasty",
            "very_tasty",
            "VERY_TASTY",
            "very-tasty",
            "VERY-TASTY",
        ];
        assert_eq!(names("VeryTasty"), expected);
        assert_eq!(names("Z42"), ["z42", "Z42", "Z42", "z42", "z42", "Z42", "z42", "Z42"]);
        assert_eq!(Case::Snake.apply("HTTPError"), "h_t_t_p_error");
    }
}
