//! `encodings.json`: field lists, versions, HKDF, firm ids, stored forms.

use serde::Deserialize;
use uuid::Uuid;

use super::form::{Hex, each};
use super::stored::{Stored, StoredInvalid};
use crate::context::{FirmId, InvalidFirmId, join};
use crate::envelope::leb128;
use crate::keys::hierarchy::derive;

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
enum Case {
    Lp { comment: String, fields: Vec<Hex>, encoded: Hex },
    Leb128 { comment: String, value: u32, encoded: Hex },
    Hkdf { comment: String, key: Hex, info: Hex, length: usize, output: Hex },
    Firm { comment: String, r#type: Type, value: String, text: String, encoded: Hex },
    FirmInvalid { comment: String, r#type: Type, value: String },
    Stored(Stored),
    StoredInvalid(StoredInvalid),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Type {
    Platform,
    Uuid,
    Int,
    Text,
}

pub(super) fn walk(text: &str) -> usize {
    each(text, check)
}

fn check(case: &Case) {
    match case {
        Case::Lp { comment, fields, encoded } => {
            let fields: Vec<&[u8]> = fields.iter().map(|field| &**field).collect();
            assert_eq!(*encoded, join(&fields), "{comment}");
        }
        Case::Leb128 { comment, value, encoded } => {
            let mut out = [0; leb128::MAX_LEN];
            let len = leb128::write(*value, &mut out);
            assert_eq!(*encoded, &out[..len], "{comment}");
            assert_eq!(leb128::read(encoded), Ok((*value, len)), "{comment}");
        }
        Case::Hkdf { comment, key, info, length, output } => {
            let mut out = vec![0; *length];
            derive(key, info, &mut out);
            assert_eq!(*output, out, "{comment}");
        }
        Case::Firm { comment, r#type, value, text, encoded } => {
            let id = firm_id(*r#type, value);
            assert_eq!(id.check(), Ok(()), "{comment}");
            assert_eq!((id.canonical(), &**encoded), (text.clone(), text.as_bytes()), "{comment}");
            assert_eq!(text.parse(), Ok(id), "{comment}");
        }
        Case::FirmInvalid { comment, r#type, value } => {
            assert_eq!(firm_id(*r#type, value).check(), Err(InvalidFirmId), "{comment}");
        }
        Case::Stored(case) => case.check(),
        Case::StoredInvalid(case) => case.check(),
    }
}

fn firm_id(kind: Type, value: &str) -> FirmId {
    match kind {
        Type::Platform => FirmId::Platform,
        Type::Uuid => value.parse::<Uuid>().unwrap().into(),
        Type::Int => value.parse::<i64>().unwrap().into(),
        Type::Text => value.into(),
    }
}
