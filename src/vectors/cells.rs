//! Models, keyrings, rows and values as a file's cases name them.

use std::sync::Arc;
use std::time::Duration;

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::form::{Fixed, Hex};
use super::stored::{self as stored_forms, Shown};
use crate::context::{FirmId, RowKeyPart, RowPlace};
use crate::envelope::Kind;
use crate::index::Normalizer;
use crate::keys::KeyState;
use crate::keys::hierarchy::MasterKeys;
use crate::keys::keyring::{Keyring, KeyringParts, Version, Versions};
use crate::keys::live::LiveSlot;
use crate::model::stored::stored;
use crate::model::{
    CellKeys, Column, ColumnSchema, Decode, Encode, Index, IndexSchema, Json, ModelSchema, OpenError, Owner, Padding,
};
use crate::random::Nonces;
use crate::secret::{DataKey, FirmMasterKey, IndexKey};
use crate::sql::Ciphertext;

/// A key of a firm with the version that it has there.
pub(super) type Versioned<'a> = (u32, &'a Hex);

/// A firm's keys in use: one data key and one index key, both active, and a source of one nonce.
pub(super) fn keys_in_use(firm: &FirmId, data: Versioned<'_>, index: Versioned<'_>, nonce: &[u8]) -> CellKeys {
    CellKeys {
        firm: firm.clone(),
        slot: slot(firm, data, index),
        global: None,
        nonces: Nonces::Injected(Arc::new(Fixed(nonce.to_vec()))),
        birth: None,
    }
}

/// A live slot with one data key and one index key.
pub(super) fn slot(firm: &FirmId, data: Versioned<'_>, index: Versioned<'_>) -> Arc<LiveSlot> {
    let ring = Keyring::new(KeyringParts {
        firm: firm.clone(),
        generation: 1,
        min_open_version: 1,
        data: active(data.0, DataKey::init(data.1.fill())),
        index: active(index.0, IndexKey::init(index.1.fill())),
        master: MasterKeys::new(firm, 1, &FirmMasterKey::init(|_| ())),
    });
    let slot = LiveSlot::new(firm.clone());
    slot.publish(slot.epoch(), ring, Duration::MAX).unwrap();
    Arc::new(slot)
}

fn active<K>(version: u32, key: K) -> Versions<K> {
    Versions::new(vec![Version { version, state: KeyState::Active, key }]).unwrap()
}

/// The static of a model's only sealed column, as the derive would write it.
pub(super) fn column(table: &str, column: &str, codec: &str, kind: Kind) -> &'static Column {
    leak(Column::new(model(table, column, codec, kind, None), 0))
}

/// The static of a model's only sealed column, padded; `codec` is that of the stored form.
pub(super) fn padded_column(table: &str, column: &str, codec: &str, kind: Kind, pad: Padding) -> &'static Column {
    let model = model(table, column, codec, kind, None);
    let columns = leak([model.columns[0].padded(pad)]);
    leak(Column::new(leak(ModelSchema { columns, ..*model }), 0))
}

/// The static of a model's only blind index.
pub(super) fn index(
    table: &str,
    index: &str,
    codec: &str,
    normalizer: Normalizer,
    bits: u32,
    global: bool,
) -> &'static Index {
    let schema = IndexSchema::new("term", name(index), normalizer.id(), bits, false, global);
    leak(Index::new(model(table, "column", codec, Kind::RowBound, Some(schema)), 0, normalizer))
}

fn model(table: &str, column: &str, codec: &str, kind: Kind, index: Option<IndexSchema>) -> &'static ModelSchema {
    let columns = leak([ColumnSchema::new("field", "column", name(column), name(codec), "domain", kind, false, index)]);
    leak(ModelSchema::new("Model", "table", name(table), Owner::Column("firm"), &["id"], columns))
}

/// Statics are what generated code has; a test's live as long.
pub(super) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn name(text: &str) -> &'static str {
    leak(text.to_owned())
}

/// The kind of this byte's hex.
pub(super) fn kind(byte: &Hex) -> Kind {
    Kind::ALL.into_iter().find(|kind| *byte == [kind.byte()]).unwrap()
}

/// One part of a row key.
#[derive(Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Part {
    Uuid(Uuid),
    Int(String),
    Text(String),
}

impl RowKeyPart for Part {
    fn encode_part(&self, put: &mut dyn FnMut(u8, &[u8])) {
        match self {
            Self::Uuid(id) => id.encode_part(put),
            Self::Int(id) => id.parse::<i64>().unwrap().encode_part(put),
            Self::Text(id) => id.encode_part(put),
        }
    }
}

/// The place of these parts; of a kind that is bound to no row, the place that generated code gives.
pub(super) fn row(kind: Kind, parts: &[Part]) -> RowPlace {
    match (kind, parts) {
        (Kind::RowBound, [a]) => RowPlace::of(a),
        (Kind::RowBound, [a, b]) => RowPlace::of(&(a, b)),
        (Kind::RowBound, [a, b, c]) => RowPlace::of(&(a, b, c)),
        (Kind::RowBound, [a, b, c, d]) => RowPlace::of(&(a, b, c, d)),
        (Kind::RowBound, _) => panic!("a row key has one to four parts"),
        _ => RowPlace::none(),
    }
}

/// A value to seal or index, of whatever codec.
pub(super) trait Value {
    fn seal(&self, keys: &CellKeys, column: &'static Column, row: &RowPlace) -> Vec<u8>;
    fn term(&self, keys: &CellKeys, index: &'static Index) -> Vec<u8>;
    fn stored(&self) -> Vec<u8>;
}

impl<V: Encode> Value for V {
    fn seal(&self, keys: &CellKeys, column: &'static Column, row: &RowPlace) -> Vec<u8> {
        keys.seal_cell(column, row, self).unwrap().into_bytes().unwrap()
    }

    fn term(&self, keys: &CellKeys, index: &'static Index) -> Vec<u8> {
        keys.value_term(index, self).unwrap().into_bytes().unwrap()
    }

    fn stored(&self) -> Vec<u8> {
        stored(self).unwrap().to_vec()
    }
}

/// The value of a case's text, in the type that has the codec.
pub(super) fn value(codec: &str, text: &str) -> Box<dyn Value> {
    match codec {
        "text" => Box::new(text.to_owned()),
        "bytes" => Box::new(hex::decode(text).unwrap()),
        "i64" => Box::new(text.parse::<i64>().unwrap()),
        "bool" => Box::new(text.parse::<bool>().unwrap()),
        "uuid" => Box::new(text.parse::<Uuid>().unwrap()),
        "json" => Box::new(Json(serde_json::from_str::<serde_json::Value>(text).unwrap())),
        _ => stored_forms::value(codec, text),
    }
}

/// Opens a cell into the type that has the codec, as the text of that value.
pub(super) fn open(
    keys: &CellKeys,
    column: &'static Column,
    row: &RowPlace,
    codec: &str,
    cell: &Hex,
) -> Result<String, OpenError> {
    let cell = cell.to_vec();
    match codec {
        "text" => keys.open_cell::<String>(column, row, Ciphertext::from_bytes(cell)),
        "bytes" => keys.open_cell::<Vec<u8>>(column, row, Ciphertext::from_bytes(cell)).map(hex::encode),
        "i64" => keys.open_cell::<i64>(column, row, Ciphertext::from_bytes(cell)).map(|v| v.to_string()),
        "bool" => keys.open_cell::<bool>(column, row, Ciphertext::from_bytes(cell)).map(|v| v.to_string()),
        "uuid" => keys.open_cell::<Uuid>(column, row, Ciphertext::from_bytes(cell)).map(|v| v.to_string()),
        "json" => keys
            .open_cell::<Json<serde_json::Value>>(column, row, Ciphertext::from_bytes(cell))
            .map(|Json(v)| v.to_string()),
        "date" => shown::<NaiveDate>(keys, column, row, cell),
        "time" => shown::<NaiveTime>(keys, column, row, cell),
        "timestamp" => shown::<NaiveDateTime>(keys, column, row, cell),
        "timestamptz" => shown::<DateTime<Utc>>(keys, column, row, cell),
        "decimal" => shown::<BigDecimal>(keys, column, row, cell),
        "f64" => shown::<f64>(keys, column, row, cell),
        "text_array" => shown::<Vec<Option<String>>>(keys, column, row, cell),
        _ => panic!("unknown codec {codec}"),
    }
}

fn shown<T: Decode + Shown>(
    keys: &CellKeys,
    column: &'static Column,
    row: &RowPlace,
    cell: Vec<u8>,
) -> Result<String, OpenError> {
    keys.open_cell::<T>(column, row, Ciphertext::from_bytes(cell)).map(|value| value.shown())
}
