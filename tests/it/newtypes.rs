//! Newtypes as row keys, firm keys and sealed values, and enums, on SQLite and PostgreSQL.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_derive_newtype::DieselNewType;
use fieldseal::schema::{Backend, migration};
use fieldseal::{Decode, Encode, Encrypted, FirmKey, OpenError, RowKeyPart};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    contacts (id) {
        id -> Text,
        tenant_id -> BigInt,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        status -> FieldsealText,
        status_term -> FieldsealTextTerm,
        share -> FieldsealBigint,
        iban -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    seats (tenant_id, number) {
        tenant_id -> BigInt,
        number -> BigInt,
        holder -> FieldsealText,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, DieselNewType, FirmKey, RowKeyPart)]
struct TenantId(i64);

#[derive(Debug, Clone, PartialEq, Eq, Hash, DieselNewType, RowKeyPart)]
struct ContactId(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, DieselNewType, RowKeyPart)]
struct SeatNumber(i64);

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
struct Email {
    address: String,
}

#[derive(Debug, PartialEq, Encode)]
struct BorrowedEmail<'a>(&'a str);

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
struct Tagged<T>(T);

#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
enum Status {
    New,
    InProgress,
    #[encrypted(rename = "closed")]
    Done,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[encrypted(rename_all = "SCREAMING-KEBAB-CASE")]
enum Loud {
    InProgress,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode, zeroize::Zeroize)]
enum Grade {
    Open,
    Secret,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[encrypted(try_from)]
struct Share(i16);

impl TryFrom<i16> for Share {
    type Error = &'static str;

    fn try_from(percent: i16) -> Result<Self, Self::Error> {
        if (0..=100).contains(&percent) { Ok(Self(percent)) } else { Err("not 0 to 100") }
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = contacts)]
#[encrypted(firm = tenant_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
struct Contact {
    id: ContactId,
    tenant_id: TenantId,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: Email,
    #[encrypted(index(status_term))]
    status: Status,
    #[encrypted]
    share: Share,
    #[encrypted]
    iban: Option<Tagged<Tagged<String>>>,
}

/// The same table before its newtypes.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = contacts)]
#[encrypted(firm = tenant_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct PlainContact {
    id: String,
    tenant_id: i64,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: String,
    #[encrypted(index(status_term))]
    status: String,
    #[encrypted]
    share: i16,
    #[encrypted]
    iban: Option<String>,
}

#[derive(Encrypted, Default)]
#[diesel(table_name = contacts)]
#[encrypted(model = Contact, derive(AsChangeset))]
struct ContactPatch<'a> {
    #[encrypted(index(email_term))]
    email: Option<BorrowedEmail<'a>>,
    #[encrypted(index(status_term))]
    status: Option<Status>,
}

/// Newtypes throughout a composite key.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = seats, primary_key(tenant_id, number))]
#[encrypted(firm = tenant_id, row = (tenant_id, number), derive(Insertable, Queryable, Selectable))]
struct Seat {
    tenant_id: TenantId,
    number: SeatNumber,
    #[encrypted]
    holder: String,
}

const TABLES: &str = "
    CREATE TABLE contacts (id text PRIMARY KEY, tenant_id bigint NOT NULL);
    CREATE TABLE seats (tenant_id bigint, number bigint, PRIMARY KEY (tenant_id, number));
";

fn contact(id: &str, status: Status) -> Contact {
    Contact {
        id: ContactId(id.to_owned()),
        tenant_id: TenantId(7),
        email: Email { address: format!("{id}@Example.org") },
        status,
        share: Share(40),
        iban: Some(Tagged(Tagged("DE02".to_owned()))),
    }
}

fn plain(id: &str) -> PlainContact {
    PlainContact {
        id: id.to_owned(),
        tenant_id: 7,
        email: format!("{id}@Example.org"),
        status: "in_progress".to_owned(),
        share: 40,
        iban: Some("DE02".to_owned()),
    }
}

/// The same statements on either kind of connection.
macro_rules! statements {
    ($conn:expr, $backend:expr) => {{
        let (conn, vault) = ($conn, fieldseal::testing::vault());
        conn.batch_execute(TABLES).unwrap();
        conn.batch_execute(&migration::<(Contact, Seat)>($backend).up).unwrap();
        vault.register::<(Contact, Seat)>().unwrap();
        vault.check_schema(conn).unwrap();
        let session = vault.blocking().session(&TenantId(7)).unwrap();
        rows!(&mut *conn, &session);
        lookups_and_updates!(&mut *conn, &session);
        composite_keys!(&mut *conn, &session);
        let other = vault.blocking().session(TenantId(8)).unwrap();
        assert!(other.seal(&contact("x", Status::New)).unwrap_err().to_string().contains("int:7"));
        adopted!(&mut *conn, &session);
        refused!(&mut *conn, &session);
    }};
}

macro_rules! rows {
    ($conn:expr, $session:expr) => {{
        let (conn, session) = ($conn, $session);
        let all = vec![contact("a", Status::New), contact("b", Status::InProgress), contact("c", Status::Done)];
        diesel::insert_into(contacts::table).values(session.seal(&all).unwrap()).execute(conn).unwrap();
        let rows = contacts::table.order(contacts::id).select(SealedContact::as_select()).load(conn).unwrap();
        assert_eq!(session.open(rows).unwrap(), all);
    }};
}

macro_rules! lookups_and_updates {
    ($conn:expr, $session:expr) => {{
        let (conn, session) = ($conn, $session);
        let id = |predicate| contacts::table.filter(predicate).select(contacts::id);
        let by_email = Contact::email().eq(session, BorrowedEmail(" B@example.ORG")).unwrap();
        assert_eq!(id(by_email).first::<ContactId>(conn).unwrap(), ContactId("b".into()));
        let by_status = Contact::status().eq(session, Status::Done).unwrap();
        let found = contacts::table.filter(by_status).select(contacts::id).load::<ContactId>(conn).unwrap();
        assert_eq!(found, [ContactId("c".into())]);

        let b = ContactId("b".into());
        let set = Contact::status().set(session, b.clone(), Status::Done).unwrap();
        assert_eq!(diesel::update(contacts::table.find(&b)).set(set).execute(conn).unwrap(), 1);
        let patch = ContactPatch { email: Some(BorrowedEmail("new@example.org")), status: None };
        let patch = session.seal_for(b.clone(), &patch).unwrap();
        assert_eq!(diesel::update(contacts::table.find(&b)).set(patch).execute(conn).unwrap(), 1);
        let cell = contacts::table.find(&b).select(Contact::status().cell()).first(conn).unwrap();
        assert_eq!(Contact::status().open(session, cell).unwrap(), Status::Done);
        let row = contacts::table.find(&b).select(SealedContact::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap().email, Email { address: "new@example.org".into() });
    }};
}

macro_rules! composite_keys {
    ($conn:expr, $session:expr) => {{
        let (conn, session) = ($conn, $session);
        let seat = Seat { tenant_id: TenantId(7), number: SeatNumber(3), holder: "Ada".into() };
        diesel::insert_into(seats::table).values(session.seal(&seat).unwrap()).execute(conn).unwrap();
        let row = seats::table.select(SealedSeat::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), seat);
        let key = (TenantId(7), SeatNumber(3));
        let set = Seat::holder().set(session, key, "Bob".to_owned()).unwrap();
        diesel::update(seats::table.find((7, 3))).set(set).execute(conn).unwrap();
        let cell = seats::table.select(Seat::holder().cell()).first(conn).unwrap();
        assert_eq!(Seat::holder().open(session, cell).unwrap(), "Bob");
    }};
}

/// Rows of before the newtypes open with them, and the other way round.
macro_rules! adopted {
    ($conn:expr, $session:expr) => {{
        let (conn, session) = ($conn, $session);
        diesel::delete(contacts::table).execute(conn).unwrap();
        let (old, new) = (plain("a"), contact("a", Status::InProgress));
        diesel::insert_into(contacts::table).values(session.seal(&old).unwrap()).execute(conn).unwrap();
        let by_email = Contact::email().eq(session, BorrowedEmail("a@example.org")).unwrap();
        let row = contacts::table.filter(by_email).select(SealedContact::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), new);
        diesel::update(contacts::table).set(session.seal(&new).unwrap()).execute(conn).unwrap();
        let row = contacts::table.select(SealedPlainContact::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), old);
    }};
}

/// What a type's rules refuse is an error, which quotes nothing.
macro_rules! refused {
    ($conn:expr, $session:expr) => {{
        let (conn, session) = ($conn, $session);
        for (wrong, column) in [
            (PlainContact { share: 12_321, ..plain("a") }, "share"),
            (PlainContact { status: "hunter2".into(), ..plain("a") }, "status"),
            (PlainContact { status: "Done".into(), ..plain("a") }, "status"),
        ] {
            diesel::update(contacts::table).set(session.seal(&wrong).unwrap()).execute(conn).unwrap();
            let row = contacts::table.select(SealedContact::as_select()).first(conn).unwrap();
            assert_codec(&session.open(row).unwrap_err(), column);
        }
    }};
}

fn assert_codec(error: &OpenError, wanted: &str) {
    assert!(matches!(error, OpenError::Codec { column, .. } if *column == wanted), "{error:?}");
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let text = format!("{error} {error:?} {source}");
    assert!(!["hunter2", "12321", "not 0 to 100"].iter().any(|quoted| text.contains(quoted)), "{text}");
}

#[test]
fn newtypes_live_on_postgres() {
    let database = crate::support::postgres::server().database("newtypes");
    statements!(&mut PgConnection::establish(&database.url()).unwrap(), Backend::Postgres);
}

#[test]
fn newtypes_live_on_sqlite() {
    statements!(&mut crate::support::sqlite::memory(), Backend::Sqlite);
}

#[test]
fn variants_are_stored_by_their_texts() {
    assert_eq!(stored(&Status::New), "new");
    assert_eq!(stored(&Status::InProgress), "in_progress");
    assert_eq!(stored(&Status::Done), "closed");
    assert_eq!(stored(&Loud::InProgress), "IN-PROGRESS");
    assert_eq!(Status::decode(b"closed".to_vec()), Ok(Status::Done));
    assert!(Status::decode(b"done".to_vec()).is_err());
}

#[test]
fn a_zeroizing_variant_is_read_as_the_plain_one_is() {
    let read = |text: &str| zeroize::Zeroizing::<Grade>::decode(text.into());
    assert_eq!(*read("secret").unwrap(), Grade::Secret);
    assert_eq!(*read("open").unwrap(), Grade::Open);
    assert_eq!(read("Secret").unwrap_err(), Grade::decode("Secret".into()).unwrap_err());
}

fn stored(value: &impl Encode) -> String {
    let mut out = Vec::new();
    value.write(&mut out).unwrap();
    assert_eq!((value.stored_len().unwrap(), value.stored()), (out.len(), Some(out.as_slice())));
    String::from_utf8(out).unwrap()
}
