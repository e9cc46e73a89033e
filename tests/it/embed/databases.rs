//! A part through every statement, on both databases.

use diesel::prelude::*;
use fieldseal::schema::Backend;

use super::models::{Contact, Member, SealedMember, members};
use super::{contact, member, session};

macro_rules! statements {
    ($conn:expr) => {
        let (session, conn) = (session(), $conn);
        let all: Vec<Member> = (0..3).map(member).collect();
        diesel::insert_into(members::table).values(session.seal(&all[0]).unwrap()).execute(conn).unwrap();
        diesel::insert_into(members::table).values(&session.seal(&all[1..]).unwrap()).execute(conn).unwrap();

        let load = || members::table.order(members::id).select(SealedMember::as_select());
        assert_eq!(session.open(load().load(conn).unwrap()).unwrap(), all);
        let found = Contact::email().eq(&session, "MEMBER1@example.org").unwrap();
        assert_eq!(session.open(load().filter(found).first(conn).unwrap()).unwrap(), all[1]);
        let raw: Vec<SealedMember> = diesel::sql_query("SELECT * FROM members ORDER BY id").load(conn).unwrap();
        assert_eq!(session.open(raw).unwrap(), all);

        let changed = Member { contact: contact(8), ..all[0].clone() };
        diesel::update(members::table.find("m0")).set(session.seal(&changed).unwrap()).execute(conn).unwrap();
        assert_eq!(session.open(load().first(conn).unwrap()).unwrap(), changed);
        let returned = diesel::update(members::table.find("m0"))
            .set(&session.seal(&all[0]).unwrap())
            .returning(SealedMember::as_returning())
            .get_result(conn)
            .unwrap();
        assert_eq!(session.open(returned).unwrap(), all[0]);
    };
}

#[test]
fn a_part_is_written_and_read_on_sqlite() {
    statements!(&mut super::sqlite());
}

#[test]
fn a_part_is_written_and_read_on_postgres() {
    let (_database, mut conn) = super::postgres();
    statements!(&mut conn);
}

#[test]
fn the_schema_lists_a_parts_columns_behind_the_models_own() {
    let columns: Vec<_> = Member::SCHEMA.columns.iter().map(|column| column.column).collect();
    assert_eq!(columns, ["pin", "email", "phone"]);
    let index = Member::SCHEMA.column("email").unwrap().index.unwrap();
    assert!(index.unique && index.normalizer.starts_with("email/"));
    let printed = fieldseal::schema::migration::<Member>(Backend::Postgres).up;
    assert!(printed.contains("ADD COLUMN \"phone_term\""), "{printed}");

    let vault = fieldseal::testing::vault();
    vault.register::<Member>().unwrap();
    vault.check_schema(&mut super::sqlite()).unwrap();
    let (_database, mut conn) = super::postgres();
    vault.check_schema(&mut conn).unwrap();
}

#[test]
fn the_guard_knows_a_parts_columns() {
    let (session, conn) = (session(), &mut super::sqlite());
    diesel::insert_into(members::table).values(session.seal(&member(1)).unwrap()).execute(conn).unwrap();
    // The model's own cell comes along, the part's are left behind.
    let pin = session.seal(&Member { id: "m9".into(), ..member(1) }).unwrap().pin;
    let moved = diesel::update(members::table).set((members::id.eq("m9"), members::pin.eq(pin))).execute(conn);
    assert!(moved.unwrap_err().to_string().contains("fieldseal"));
}
