//! Rows as the database sends them.

use postgres_types::{FromSql, Type};
use tokio_postgres::{Error, Row as Sent};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{KeyColumn, Reading, Sort};
use crate::context::FirmId;
use crate::migrate::row::{Binding, KeyPart, KeyParts, PairValue, Plain, Reason, Row};
use crate::migrate::transform::OldFirm;

/// A transaction's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) struct Xid(pub(in crate::migrate) u32);

impl<'a> FromSql<'a> for Xid {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(u32::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::XID
    }
}

/// Rows of a page.
#[derive(Debug, Default)]
pub(in crate::migrate) struct Batch {
    pub(in crate::migrate) rows: Vec<Row>,
    /// Rows that name no firm, or have no key to be bound to.
    pub(in crate::migrate) homeless: Vec<(KeyParts, Reason)>,
    /// What they take in memory, roughly.
    pub(in crate::migrate) bytes: usize,
    /// The key of the last.
    pub(in crate::migrate) last: Option<Vec<String>>,
}

impl Batch {
    pub(in crate::migrate) fn len(&self) -> usize {
        self.rows.len() + self.homeless.len()
    }

    /// Takes up a row that was sent.
    pub(in crate::migrate) fn take(&mut self, reading: &Reading, sent: &Sent) -> Result<(), Error> {
        let mut cells = Cells { sent, next: 0, bytes: ROW_OVERHEAD };
        let (id, row) = cells.row(reading)?;
        self.bytes += cells.bytes;
        self.last = Some(id.to_texts());
        match row {
            Ok(row) => self.rows.push(row),
            Err(reason) => self.homeless.push((id, reason)),
        }
        Ok(())
    }
}

/// What a row takes beside its values.
const ROW_OVERHEAD: usize = 200;

/// The columns of a row, from left to right.
struct Cells<'a> {
    sent: &'a Sent,
    next: usize,
    bytes: usize,
}

impl<'a> Cells<'a> {
    fn get<T: FromSql<'a>>(&mut self) -> Result<Option<T>, Error> {
        self.next += 1;
        self.sent.try_get(self.next - 1)
    }

    fn row(&mut self, reading: &Reading) -> Result<(KeyParts, Result<Row, Reason>), Error> {
        let table = &reading.table;
        let id = self.key(&table.id)?.unwrap_or(KeyParts(Vec::new()));
        let place = if reading.one_key { Some(id.clone()) } else { self.key(&table.place)? };
        let firm = match &table.firm {
            Some(column) => self.part(column)?.map(firm_of),
            None => Some(FirmId::Platform),
        };
        let version = self.get::<Xid>()?.map_or(0, |xid| xid.0);
        let pairs = self.pairs(reading)?;
        let old_place = self.key(&table.old_place)?;
        let old_firm = match &table.old_firm {
            Some(column) => self.part(column)?.map(firm_of),
            None => None,
        };
        let (Some(place), Some(firm)) = (place, firm.clone()) else {
            let reason = if firm.is_none() { Reason::NoFirm } else { Reason::NotOfTheCodec };
            return Ok((id, Err(reason)));
        };
        let old = match &reading.wants.old {
            None => None,
            Some(old) => {
                let firm = match &old.firm {
                    OldFirm::Same => Some(firm.clone()),
                    OldFirm::One(one) => Some(one.clone()),
                    OldFirm::Column(_) => old_firm,
                };
                let (Some(firm), Some(place)) = (firm, old_place) else { return Ok((id, Err(Reason::NoFirm))) };
                Some(Binding { firm, place: place.place() })
            }
        };
        let row = Row { id: id.clone(), place: place.place(), firm, old, version, pairs };
        Ok((id, Ok(row)))
    }

    fn key(&mut self, columns: &[KeyColumn]) -> Result<Option<KeyParts>, Error> {
        let parts = columns.iter().map(|column| self.part(column)).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.into_iter().collect::<Option<Vec<_>>>().map(KeyParts))
    }

    fn part(&mut self, column: &KeyColumn) -> Result<Option<KeyPart>, Error> {
        Ok(match column.sort {
            Sort::Uuid => self.get::<Uuid>()?.map(KeyPart::Uuid),
            Sort::Integer => self.get::<i64>()?.map(KeyPart::Integer),
            Sort::Text | Sort::Padded => {
                let text = self.get::<String>()?;
                self.bytes += text.as_ref().map_or(0, String::len);
                text.map(KeyPart::Text)
            }
        })
    }

    fn pairs(&mut self, reading: &Reading) -> Result<Vec<PairValue>, Error> {
        let (wants, mut pairs) = (&reading.wants, Vec::with_capacity(reading.table.pairs.len()));
        for pair in &reading.table.pairs {
            let plain = match &pair.plain {
                Some(column) if wants.plain => self.plain(column.bytes)?,
                _ => None,
            };
            let sealed = if wants.sealed { self.blob()? } else { None };
            let term = if wants.term && pair.term.is_some() { self.blob()? } else { None };
            pairs.push(PairValue { plain, sealed, term });
        }
        Ok(pairs)
    }

    fn plain(&mut self, bytes: bool) -> Result<Option<Plain>, Error> {
        if bytes {
            return Ok(self.blob()?.map(|blob| Plain::Bytes(Zeroizing::new(blob))));
        }
        let text: Option<String> = self.get()?;
        self.bytes += text.as_ref().map_or(0, String::len);
        Ok(text.map(|text| Plain::Text(Zeroizing::new(text))))
    }

    fn blob(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let blob: Option<Vec<u8>> = self.get()?;
        self.bytes += blob.as_ref().map_or(0, Vec::len);
        Ok(blob)
    }
}

/// The firm that a column's value names.
fn firm_of(part: KeyPart) -> FirmId {
    match part {
        KeyPart::Uuid(id) => FirmId::Uuid(id),
        KeyPart::Integer(id) => FirmId::Int(id),
        KeyPart::Text(id) => FirmId::Text(id),
    }
}
