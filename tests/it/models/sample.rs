//! Every plaintext type, under integer keys of row and firm.

use fieldseal::Encrypted;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    samples (id) {
        id -> BigInt,
        firm_id -> BigInt,
        text -> FieldsealText,
        bytes -> FieldsealBytes,
        small -> FieldsealBigint,
        big -> FieldsealBigint,
        flag -> FieldsealBool,
        token -> FieldsealUuid,
        form -> FieldsealJson,
        secret -> FieldsealText,
        maybe_text -> Nullable<FieldsealText>,
        maybe_bytes -> Nullable<FieldsealBytes>,
        maybe_small -> Nullable<FieldsealBigint>,
        maybe_big -> Nullable<FieldsealBigint>,
        maybe_flag -> Nullable<FieldsealBool>,
        maybe_token -> Nullable<FieldsealUuid>,
        maybe_form -> Nullable<FieldsealJson>,
        maybe_secret -> Nullable<FieldsealText>,
    }
}

pub(super) const PLAIN: &str = "id BIGINT PRIMARY KEY, firm_id BIGINT NOT NULL";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Form {
    pub(crate) answers: Vec<(String, i64)>,
    pub(crate) signed: Option<bool>,
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = samples)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
pub(crate) struct Sample {
    pub(crate) id: i64,
    pub(crate) firm_id: i64,
    #[encrypted]
    pub(crate) text: String,
    #[encrypted]
    pub(crate) bytes: Vec<u8>,
    #[encrypted]
    pub(crate) small: i32,
    #[encrypted]
    pub(crate) big: i64,
    #[encrypted]
    pub(crate) flag: bool,
    #[encrypted]
    pub(crate) token: Uuid,
    #[encrypted(json)]
    pub(crate) form: Form,
    #[encrypted]
    pub(crate) secret: SecretString,
    #[encrypted]
    pub(crate) maybe_text: Option<String>,
    #[encrypted]
    pub(crate) maybe_bytes: Option<Vec<u8>>,
    #[encrypted]
    pub(crate) maybe_small: Option<i32>,
    #[encrypted]
    pub(crate) maybe_big: Option<i64>,
    #[encrypted]
    pub(crate) maybe_flag: Option<bool>,
    #[encrypted]
    pub(crate) maybe_token: Option<Uuid>,
    #[encrypted(json)]
    pub(crate) maybe_form: Option<Form>,
    #[encrypted]
    pub(crate) maybe_secret: Option<SecretString>,
}

// `SecretString` compares to nothing on purpose.
impl PartialEq for Sample {
    fn eq(&self, other: &Self) -> bool {
        self.fields() == other.fields()
    }
}

impl Sample {
    /// The sample whose optional fields are all NULL.
    pub(crate) fn new(id: i64, text: &str) -> Self {
        Self {
            id,
            firm_id: 7,
            text: text.to_owned(),
            bytes: text.as_bytes().to_vec(),
            small: -1,
            big: i64::MIN,
            flag: true,
            token: Uuid::from_u128(id.unsigned_abs().into()),
            form: Form { answers: vec![(text.to_owned(), 1)], signed: None },
            secret: text.into(),
            maybe_text: None,
            maybe_bytes: None,
            maybe_small: None,
            maybe_big: None,
            maybe_flag: None,
            maybe_token: None,
            maybe_form: None,
            maybe_secret: None,
        }
    }

    /// The sample with every optional field set to its twin's value.
    pub(crate) fn filled(self) -> Self {
        Self {
            maybe_text: Some(self.text.clone()),
            maybe_bytes: Some(self.bytes.clone()),
            maybe_small: Some(self.small),
            maybe_big: Some(self.big),
            maybe_flag: Some(self.flag),
            maybe_token: Some(self.token),
            maybe_form: Some(self.form.clone()),
            maybe_secret: Some(self.secret.clone()),
            ..self
        }
    }

    fn fields(&self) -> impl PartialEq + '_ {
        let secret = |secret: &SecretString| secret.expose_secret().to_owned();
        let must = (&self.text, &self.bytes, self.small, self.big, self.flag, self.token, &self.form);
        let may = (&self.maybe_text, &self.maybe_bytes, self.maybe_small, self.maybe_big, self.maybe_flag);
        let secrets = (secret(&self.secret), self.maybe_secret.as_ref().map(secret));
        (self.id, self.firm_id, must, may, self.maybe_token, &self.maybe_form, secrets)
    }
}
