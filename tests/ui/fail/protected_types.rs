use fieldseal::Protected;

fn main() {}

fn a_closed_value_compares_to_nothing(one: Protected<String>, other: Protected<String>) -> bool {
    one == other
}

fn a_closed_value_is_not_read_without_a_session(one: Protected<String>) -> String {
    one.to_string()
}

/// A redacted row that comes back would overwrite the content by the redaction.
fn a_closed_value_is_not_deserialized() -> Protected<String> {
    serde_json::from_str("\"[sealed]\"").unwrap()
}
