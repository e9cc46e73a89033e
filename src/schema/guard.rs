//! What both databases' guards have in common.

/// A table's guard.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) comment: &'static str,
    /// Statements that make it, also over an older one.
    pub(super) setup: String,
    pub(super) teardown: String,
    /// The text of its function; empty where triggers hold it themselves.
    pub(super) body: String,
    pub(super) triggers: Vec<Trigger>,
}

#[derive(Debug, Clone)]
pub(super) struct Trigger {
    pub(super) name: String,
    /// `INSERT` or `UPDATE`.
    pub(super) event: &'static str,
    pub(super) create: String,
    /// What the live trigger must show to be this one.
    pub(super) stamp: String,
}

// SQLSTATE and message of each refusal. Operators and tests know them: they are not to change.
pub(super) const KEY_CHANGED: (&str, &str) = (
    "FS001",
    "fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key",
);
pub(super) const FIRM_CHANGED: (&str, &str) = (
    "FS002",
    "fieldseal: the firm changed and the row holds sealed values: delete it, and insert it sealed anew for its new firm",
);
pub(super) const OTHER_ROW: (&str, &str) = (
    "FS003",
    "fieldseal: the upsert would put a cell into another row than it was sealed for: \
     conflict on the row key, or set the row key and every sealed column together",
);
