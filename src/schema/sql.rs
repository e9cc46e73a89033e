//! Names and literals in SQL text.

use sha2::{Digest, Sha256};

/// PostgreSQL cuts longer names, silently but for a notice.
const MAX_NAME: usize = 63;

/// `name` as a quoted identifier.
pub(crate) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `names` as quoted identifiers with commas between.
pub(crate) fn idents<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    join(names, ", ", ident)
}

/// Each of `items` by `one`, with `separator` between.
pub(crate) fn join<T>(items: impl IntoIterator<Item = T>, separator: &str, one: impl Fn(T) -> String) -> String {
    items.into_iter().map(one).collect::<Vec<_>>().join(separator)
}

/// The name `stem` + `suffix`, with a hash in place of what is too long for PostgreSQL.
pub(crate) fn object_name(stem: &str, suffix: &str) -> String {
    let whole = format!("{stem}{suffix}");
    if whole.len() <= MAX_NAME {
        return whole;
    }
    let hash = fingerprint(&whole);
    let mut cut = MAX_NAME - suffix.len() - hash.len() - 1;
    while !stem.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}_{hash}{suffix}", &stem[..cut])
}

/// Eight bytes of hash in hex: tells texts apart, proves nothing.
pub(crate) fn fingerprint(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..8])
}

/// `sql` with every run of white space as one space: databases and editors keep the words, not the layout.
pub(crate) fn squeeze(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(ident("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("a'b"), "'a''b'");
    }

    #[test]
    fn long_names_fit_and_stay_apart() {
        let (a, b) = (format!("{}a", "é".repeat(40)), format!("{}b", "é".repeat(40)));
        let (a, b) = (object_name(&a, "_fieldseal_guard"), object_name(&b, "_fieldseal_guard"));
        assert!(a.len() <= MAX_NAME && b.len() <= MAX_NAME);
        assert_ne!(a, b);
        assert_eq!(object_name("clients", "_idx"), "clients_idx");
    }
}
