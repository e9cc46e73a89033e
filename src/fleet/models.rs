//! The models that a process uses, as it tells the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tables, and their sealed columns that still have a legacy column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ModelsInUse {
    #[serde(default)]
    pub(crate) models: BTreeMap<String, Vec<String>>,
}

impl ModelsInUse {
    /// The JSON that lies in the process's row; of a release that says less: nothing.
    pub(crate) fn from_json(info: &str) -> Self {
        serde_json::from_str(info).unwrap_or_default()
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
