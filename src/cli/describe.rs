//! Models as the configuration describes them, without the service's code.

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::inspect;
use crate::envelope::Kind;
use crate::model::{ColumnSchema, IndexSchema, LegacySchema, ModelSchema, Owner, Padding};

/// `[[table]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableConfig {
    /// The SQL name.
    name: String,
    /// The name of the model.
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_id: Option<String>,
    /// The column that names a row's firm; without one the rows are the platform's.
    #[serde(skip_serializing_if = "Option::is_none")]
    firm: Option<String>,
    #[serde(default)]
    row: Vec<String>,
    #[serde(rename = "column")]
    columns: Vec<ColumnConfig>,
}

/// `[[table.column]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnConfig {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    column_id: Option<String>,
    codec: String,
    domain: String,
    kind: String,
    #[serde(default)]
    nullable: bool,
    /// `padme`, or bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pad: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legacy: Option<String>,
    /// Whether only the service's code reads the legacy column.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    legacy_custom: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<IndexConfig>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexConfig {
    column: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    normalizer: String,
    bits: u32,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    global: bool,
}

/// What `schema export` prints.
#[derive(Debug, Serialize)]
pub(super) struct Exported {
    table: Vec<TableConfig>,
}

impl Exported {
    pub(super) fn of(models: &[&'static ModelSchema]) -> Self {
        Self { table: models.iter().map(|model| TableConfig::of(model)).collect() }
    }
}

impl TableConfig {
    fn of(model: &ModelSchema) -> Self {
        let firm = match model.owner {
            Owner::Platform => None,
            Owner::Column(column) => Some(column.to_owned()),
        };
        Self {
            name: model.table.to_owned(),
            model: model.model.to_owned(),
            table_id: (model.table_id != model.table).then(|| model.table_id.to_owned()),
            firm,
            row: model.row.iter().map(|&column| column.to_owned()).collect(),
            columns: model.columns.iter().map(ColumnConfig::of).collect(),
        }
    }

    /// The model, for as long as the program runs.
    pub(super) fn model(&self) -> Result<&'static ModelSchema, Failure> {
        let columns = self.columns.iter().map(|column| column.schema(&self.name)).collect::<Result<Vec<_>, _>>()?;
        let row: Vec<&'static str> = self.row.iter().map(|name| leaked(name)).collect();
        let owner = self.firm.as_ref().map_or(Owner::Platform, |firm| Owner::Column(leaked(firm)));
        self.check()?;
        let table_id = self.table_id.as_ref().unwrap_or(&self.name);
        Ok(Box::leak(Box::new(ModelSchema::new(
            leaked(&self.model),
            leaked(&self.name),
            leaked(table_id),
            owner,
            row.leak(),
            columns.leak(),
        ))))
    }

    /// What the compiler refuses of a model.
    fn check(&self) -> Result<(), Failure> {
        let ids = self.columns.iter().map(|column| column.column_id.as_ref().unwrap_or(&column.name));
        let mut ids: Vec<&String> = ids.collect();
        let named = ids
            .iter()
            .copied()
            .chain([&self.name])
            .all(|id| (1..=255).contains(&id.len()) && !id.contains(char::is_control));
        ids.sort();
        if !named || ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(wrong(
                &self.name,
                "ids are 1 to 255 bytes without control characters, and each column has its own",
            ));
        }
        Ok(())
    }
}

impl ColumnConfig {
    fn of(column: &ColumnSchema) -> Self {
        let pad = column.pad.map(|pad| match pad {
            Padding::Padme => "padme".to_owned(),
            Padding::Multiple(bytes) => bytes.to_string(),
        });
        Self {
            name: column.column.to_owned(),
            column_id: (column.column_id != column.column).then(|| column.column_id.to_owned()),
            codec: column.codec.to_owned(),
            domain: column.domain.to_owned(),
            kind: inspect::kind(column.kind).to_owned(),
            nullable: column.nullable,
            pad,
            legacy: column.legacy.map(|legacy| legacy.column.to_owned()),
            legacy_custom: column.legacy.is_some_and(|legacy| legacy.custom),
            index: column.index.as_ref().map(IndexConfig::of),
        }
    }

    fn schema(&self, table: &str) -> Result<ColumnSchema, Failure> {
        let kind = Kind::ALL.into_iter().find(|kind| inspect::kind(*kind) == self.kind);
        let kind = kind.ok_or_else(|| wrong(table, "`kind` is row-bound, column-bound or deterministic"))?;
        let name = leaked(&self.name);
        let id = self.column_id.as_ref().map_or(name, |id| leaked(id));
        let index = self.index.as_ref().map(IndexConfig::schema);
        let column =
            ColumnSchema::new(name, name, id, leaked(&self.codec), leaked(&self.domain), kind, self.nullable, index);
        let column = match &self.pad {
            None => column,
            Some(pad) if pad == "padme" => column.padded(Padding::Padme),
            Some(bytes) => {
                let bytes = bytes.parse().map_err(|_| wrong(table, "`pad` is \"padme\" or a number of bytes"))?;
                column.padded(Padding::Multiple(bytes))
            }
        };
        Ok(match &self.legacy {
            None => column,
            Some(legacy) => column.in_transit(LegacySchema::new(leaked(legacy), self.legacy_custom)),
        })
    }
}

impl IndexConfig {
    fn of(index: &IndexSchema) -> Self {
        Self {
            column: index.column.to_owned(),
            id: (index.index_id != index.column).then(|| index.index_id.to_owned()),
            normalizer: index.normalizer.to_owned(),
            bits: index.bits,
            unique: index.unique,
            global: index.global,
        }
    }

    fn schema(&self) -> IndexSchema {
        let column = leaked(&self.column);
        let id = self.id.as_ref().map_or(column, |id| leaked(id));
        IndexSchema::new(column, id, leaked(&self.normalizer), self.bits, self.unique, self.global)
    }
}

fn wrong(table: &str, what: &str) -> Failure {
    Failure::failed("config.table", format!("[[table]] {table}: {what}"))
}

/// Descriptions are read once a program.
fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[ColumnSchema] = &[
        ColumnSchema::new(
            "email",
            "email",
            "mail",
            "text",
            "fieldseal_text",
            Kind::RowBound,
            false,
            Some(IndexSchema::new("email_term", "email_term", "email/1", 128, true, false)),
        )
        .in_transit(LegacySchema::new("email_plain", false)),
        ColumnSchema::new("born", "born", "born", "date", "fieldseal_date", Kind::RowBound, true, None),
    ];

    #[test]
    fn a_model_comes_back_from_what_was_exported_of_it() {
        let model: &'static ModelSchema = Box::leak(Box::new(ModelSchema::new(
            "Client",
            "clients",
            "clients",
            Owner::Column("firm"),
            &["id"],
            COLUMNS,
        )));
        let exported = toml::to_string(&Exported::of(&[model])).unwrap();
        #[derive(Deserialize)]
        struct Read {
            table: Vec<TableConfig>,
        }
        let read: Read = toml::from_str(&exported).unwrap();
        let again = read.table[0].model().unwrap();
        let named = |column: &ColumnSchema| ColumnSchema { field: column.column, ..*column };
        assert_eq!(again.columns.iter().map(named).collect::<Vec<_>>(), COLUMNS.iter().map(named).collect::<Vec<_>>());
        assert_eq!((again.table, again.owner, again.row), (model.table, model.owner, model.row));
    }
}
