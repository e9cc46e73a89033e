//! The made-up clients of `examples/data/clients.csv`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Failure;

/// The firms that the clients belong to, and what they are.
pub const FIRMS: [(&str, &str); 3] =
    [("kanzlei-nordlicht", "law firm"), ("clinica-aurora", "clinic"), ("tsubame-crm", "CRM agency")];

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Record {
    pub id: i64,
    pub firm: String,
    pub language: String,
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    pub notes: String,
    #[serde(deserialize_with = "from_json")]
    pub intake: Intake,
}

impl Record {
    /// The texts that are sealed.
    pub fn sealed_texts(&self) -> impl Iterator<Item = &str> {
        let parties = self.intake.parties.iter().map(|party| party.name.as_str());
        [&*self.name, &*self.email, &*self.notes].into_iter().chain(self.phone.as_deref()).chain(parties)
    }
}

/// What a client filled in at the first visit: a nested form, sealed as one JSON cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intake {
    pub matter: Matter,
    pub opened: String,
    pub urgent: bool,
    pub parties: Vec<Party>,
}

/// The three firms ask for different things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Matter {
    Case { kind: String, file: String, statement: String },
    Visit { kind: String, allergies: Vec<String>, blood_pressure: (u16, u16) },
    Deal { kind: String, budget: Budget },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    pub amount: u32,
    pub currency: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Party {
    pub name: String,
    pub role: String,
}

/// Reads all clients.
pub fn read() -> Result<Vec<Record>, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let mut reader = csv::Reader::from_path(path).map_err(|error| format!("{FILE}: {error}"))?;
    let records = reader.deserialize().collect::<Result<Vec<Record>, _>>();
    Ok(records.map_err(|error| format!("{FILE}: {error}"))?)
}

/// The file, as people name it.
pub const FILE: &str = "examples/data/clients.csv";

fn from_json<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Intake, D::Error> {
    let json = String::deserialize(deserializer)?;
    serde_json::from_str(&json).map_err(serde::de::Error::custom)
}
