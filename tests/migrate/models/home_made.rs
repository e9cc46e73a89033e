//! Legacy columns of home-made ciphertext, with the way back and without.

use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::schema::{Backend, migration};
use fieldseal::testing::TestVault;
use fieldseal::{Encrypted, Error, LookupError, OpenError, SealError, Session, Vault};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    cards (id) {
        id -> Text,
        firm_id -> Text,
        number_old -> Nullable<Binary>,
        number -> Nullable<FieldsealText>,
        number_term -> Nullable<FieldsealTextTerm>,
        owner_old -> Nullable<Text>,
        owner -> Nullable<FieldsealText>,
        tags_old -> Nullable<Binary>,
        tags -> Nullable<FieldsealJson>,
    }
}

/// Stands for encryption: each byte's complement behind a mark.
fn encrypt(value: &str) -> Vec<u8> {
    std::iter::once(b'!').chain(value.bytes().map(|byte| !byte)).collect()
}

fn decrypt(stored: &[u8]) -> Result<String, &'static str> {
    let Some((b'!', body)) = stored.split_first() else { return Err("plaintext 4711") };
    String::from_utf8(body.iter().map(|byte| !byte).collect()).map_err(|_| "plaintext 4711")
}

#[allow(clippy::ptr_arg, clippy::unnecessary_wraps, reason = "of the shape that the derive calls")]
fn write(value: &String) -> Result<Vec<u8>, &'static str> {
    Ok(encrypt(value))
}

fn decrypt_hex(stored: &[u8]) -> Result<String, &'static str> {
    decrypt(&hex::decode(stored).map_err(|_| "no hex")?)
}

fn decrypt_tags(stored: &[u8]) -> Result<Vec<String>, &'static str> {
    Ok(decrypt(stored)?.split(' ').map(str::to_owned).collect())
}

#[allow(clippy::ptr_arg, clippy::unnecessary_wraps, reason = "of the shape that the derive calls")]
fn write_tags(value: &Vec<String>) -> Result<Vec<u8>, &'static str> {
    Ok(encrypt(&value.join(" ")))
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = cards)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Card {
    id: String,
    firm_id: String,
    #[encrypted(index(number_term), legacy = number_old, legacy_with = decrypt, legacy_write = write)]
    number: String,
    /// In a text column, without a way back.
    #[encrypted(legacy = owner_old, legacy_with = decrypt_hex)]
    owner: Option<String>,
    #[encrypted(json, legacy = tags_old, legacy_with = decrypt_tags, legacy_write = write_tags)]
    tags: Vec<String>,
}

/// A form takes the model's functions.
#[derive(Encrypted)]
#[diesel(table_name = cards)]
#[encrypted(model = Card, derive(AsChangeset))]
struct CardPatch<'a> {
    #[encrypted(index(number_term), legacy = number_old, legacy_with)]
    number: &'a str,
}

const PLAIN: &str =
    "CREATE TABLE cards (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, number_old BYTEA, owner_old TEXT, tags_old BYTEA)";

fn card(id: &str) -> Card {
    let tags = vec!["a".into(), "b".into()];
    Card { id: id.into(), firm_id: "acme".into(), number: format!("number {id}"), owner: Some("Ada".into()), tags }
}

fn vault_at(phase: Phase) -> Vault {
    TestVault::new().phase("cards", &["number", "owner", "tags"], phase).build()
}

fn session(vault: &Vault) -> Session {
    vault.blocking().session("acme").unwrap()
}

macro_rules! legacy_row {
    ($conn:expr, $card:expr) => {
        diesel::insert_into(cards::table)
            .values((
                cards::id.eq(&$card.id),
                cards::firm_id.eq("acme"),
                cards::number_old.eq(encrypt(&$card.number)),
                cards::owner_old.eq($card.owner.as_ref().map(|owner| hex::encode(encrypt(owner)))),
                cards::tags_old.eq(encrypt(&$card.tags.join(" "))),
            ))
            .execute($conn)
            .unwrap()
    };
}

type Old = (Option<Vec<u8>>, Option<String>, Option<Vec<u8>>);

macro_rules! old {
    ($conn:expr, $id:expr) => {{
        let columns = (cards::number_old, cards::owner_old, cards::tags_old);
        cards::table.find($id).select(columns).first::<Old>($conn).unwrap()
    }};
}

fn reads_and_writes(conn: &mut SqliteConnection) {
    for phase in [Phase::DualWrite, Phase::Fenced] {
        let (session, old, new) =
            (session(&vault_at(phase)), card(&format!("old {phase}")), card(&format!("new {phase}")));
        legacy_row!(conn, old);
        diesel::insert_into(cards::table).values(session.seal(&new).unwrap()).execute(conn).unwrap();
        for card in [&old, &new] {
            let row = cards::table.find(&card.id).select(SealedCard::as_select()).first(conn).unwrap();
            assert_eq!(session.open(row).unwrap(), *card, "{phase}");
        }
        let written = phase.writes_plain().then(|| (encrypt(&new.number), encrypt("a b")));
        let (number, tags) = written.map_or((None, None), |(number, tags)| (Some(number), Some(tags)));
        assert_eq!(old!(conn, &new.id), (number, None, tags), "{phase}");

        let patch = session.seal_for(old.id.as_str(), &CardPatch { number: "patched" }).unwrap();
        diesel::update(cards::table.find(&old.id)).set(patch).execute(conn).unwrap();
        assert_eq!(old!(conn, &old.id).0, phase.writes_plain().then(|| encrypt("patched")), "{phase}");
        let cell = cards::table.find(&old.id).select(Card::number().cell()).first(conn).unwrap();
        assert_eq!(Card::number().open(&session, cell).unwrap(), "patched");
    }
}

fn sqlite() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    super::make(&mut conn, PLAIN, &migration::<Card>(Backend::Sqlite).up);
    conn
}

#[test]
fn home_made_ciphertext_is_read_and_written_by_the_services_functions() {
    reads_and_writes(&mut sqlite());
}

#[test]
fn postgres_takes_home_made_ciphertext_in_bytea_and_text() {
    let (_database, mut conn) = super::postgres::<Card>(PLAIN);
    let session = session(&vault_at(Phase::DualWrite));
    legacy_row!(&mut conn, card("old"));
    let new = card("new");
    diesel::insert_into(cards::table).values(session.seal(&new).unwrap()).execute(&mut conn).unwrap();
    let rows = cards::table.order(cards::id).select(SealedCard::as_select()).load(&mut conn).unwrap();
    assert_eq!(session.open(rows).unwrap(), [new, card("old")]);
    assert_eq!(old!(&mut conn, "new").0, Some(encrypt("number new")));
}

#[test]
fn what_nobody_can_write_back_is_refused_where_nothing_else_is_written() {
    let session = session(&vault_at(Phase::Expanded));
    let refused = session.seal(&card("x")).unwrap_err();
    assert!(matches!(refused, SealError::NoLegacyWrite { table: "cards", column: "owner" }), "{refused}");
    let sealed = session.seal(&Card { owner: None, ..card("x") }).unwrap();
    assert!(sealed.number.is_none() && sealed.number_old.is_some());
}

#[test]
fn lookups_over_home_made_ciphertext_are_the_finders() {
    let (conn, vault) = (&mut sqlite(), vault_at(Phase::DualWrite));
    let session = session(&vault);
    legacy_row!(conn, card("1"));
    legacy_row!(conn, card("2"));
    let same = Card { id: "3".into(), ..card("1") };
    diesel::insert_into(cards::table).values(session.seal(&same).unwrap()).execute(conn).unwrap();
    assert!(matches!(Card::number().eq(&session, "number 1"), Err(LookupError::InTransit { column: "number", .. })));
    let finder = Card::number().find(&session, "number 1").unwrap().by(|row: &SealedCard| row.id.clone());
    let found = finder
        .load(&session, |page| page.of(cards::table.select(SealedCard::as_select()), cards::id).load(&mut *conn))
        .unwrap();
    assert_eq!(found.iter().map(|card| card.id.as_str()).collect::<Vec<_>>(), ["1", "3"]);
}

#[test]
fn what_the_function_refuses_is_an_error_that_shows_nothing() {
    let (conn, vault) = (&mut sqlite(), vault_at(Phase::Fenced));
    let session = session(&vault);
    session.seal(&card("x")).unwrap();
    legacy_row!(conn, card("1"));
    diesel::update(cards::table).set(cards::number_old.eq(b"4711".as_slice())).execute(conn).unwrap();
    let row = cards::table.select(SealedCard::as_select()).first(conn).unwrap();
    let refused = session.open(row).unwrap_err();
    assert!(matches!(refused, OpenError::Legacy { table: "cards", column: "number", .. }));
    assert_eq!(Error::from(refused.clone()).code(), "open.legacy");
    assert!(!format!("{refused} {refused:?}").contains("4711"));
}
