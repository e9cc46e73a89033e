//! Parts in forms, patches and the ambient form; handles; what does not open.

use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use fieldseal::{Error, OpenError, Session};

use super::models::{
    AmbientMember, ClosedMember, Contact, FlatPatch, Member, MemberPatch, NewContact, NewMember, SealedMember, members,
};
use super::{contact, member, session, sqlite};

fn inserted(session: &Session, n: usize) -> (Member, SqliteConnection) {
    let (member, mut conn) = (member(n), sqlite());
    diesel::insert_into(members::table).values(session.seal(&member).unwrap()).execute(&mut conn).unwrap();
    (member, conn)
}

fn loaded(session: &Session, conn: &mut SqliteConnection) -> Member {
    let sealed = members::table.select(SealedMember::as_select()).first(conn).unwrap();
    session.open(sealed).unwrap()
}

fn sql<T: diesel::query_builder::QueryFragment<Sqlite>>(query: &T) -> String {
    let text = diesel::debug_query::<Sqlite, _>(query).to_string();
    text.split(" -- binds").next().unwrap().replace('`', "")
}

#[test]
fn a_form_embeds_a_borrowed_part() {
    let (session, conn) = (session(), &mut sqlite());
    let contact = NewContact { email: "a@b.c", city: "Bonn" };
    let new = NewMember { id: "m1", firm_id: "acme", name: "Ada", contact, pin: "1" };
    diesel::insert_into(members::table).values(session.seal(&new).unwrap()).execute(conn).unwrap();
    let expected = Contact { email: "a@b.c".into(), phone: None, city: "Bonn".into() };
    assert_eq!(loaded(&session, conn).contact, expected);
}

#[test]
fn a_flat_form_writes_a_parts_columns() {
    let session = session();
    let (_, mut conn) = inserted(&session, 2);
    let patch = FlatPatch { email: Some("flat@b.c"), phone: Some(None) };
    let patch = session.seal_for("m2", &patch).unwrap();
    diesel::update(members::table.find("m2")).set(patch).execute(&mut conn).unwrap();
    let found = loaded(&session, &mut conn);
    assert_eq!((found.contact.email.as_str(), found.contact.phone), ("flat@b.c", None));
}

#[test]
fn a_patch_sets_keys_only_with_a_parts_cells() {
    let session = session();
    let (before, mut conn) = inserted(&session, 2);
    let target = || members::table.find("m2");
    let patch = |contact| MemberPatch { name: Some("new".into()), contact };
    let (without, with) = (patch(None), patch(Some(contact(7))));
    let (without, with) = (session.seal_for("m2", &without).unwrap(), session.seal_for("m2", &with).unwrap());
    assert_eq!(sql(&diesel::update(target()).set(&without)), "UPDATE members SET name = ? WHERE (members.id = ?)");
    let set = "name = ?, email = ?, email_term = ?, city = ?, id = ?, firm_id = ?";
    let written = format!("UPDATE members SET {set} WHERE (members.id = ?)");
    assert_eq!(sql(&diesel::update(target()).set(&with)), written);

    diesel::update(target()).set(without).execute(&mut conn).unwrap();
    assert_eq!(loaded(&session, &mut conn).contact, before.contact);
    diesel::update(target()).set(with).execute(&mut conn).unwrap();
    // As everywhere in a changeset, `None` leaves the column as it is.
    let expected = Contact { phone: before.contact.phone, ..contact(7) };
    assert_eq!(loaded(&session, &mut conn).contact, expected);
}

#[test]
fn a_changeset_of_another_row_is_refused_or_changes_nothing() {
    let session = session();
    let (_, mut conn) = inserted(&session, 1);
    diesel::insert_into(members::table).values(session.seal(&member(2)).unwrap()).execute(&mut conn).unwrap();
    let stray = session.seal_for("m2", &MemberPatch { name: None, contact: Some(contact(5)) }).unwrap();
    diesel::update(members::table.find("m1")).set(stray).execute(&mut conn).unwrap_err();
    assert_eq!(loaded(&session, &mut conn), member(1));
}

#[test]
fn a_part_opens_in_its_own_row_only() {
    let session = session();
    let (mut one, two) = (session.seal(&member(1)).unwrap(), session.seal(&member(2)).unwrap());
    one.contact.email = two.contact.email;
    let error = session.open(one).unwrap_err();
    assert!(matches!(error, OpenError::Unauthentic { table: "members", column: "email" }), "{error:?}");
}

#[test]
fn handles_of_a_parts_columns_are_the_parts() {
    let session = session();
    let (before, mut conn) = inserted(&session, 2);
    let cell = members::table.select(Contact::phone().cell()).first(&mut conn).unwrap();
    assert_eq!(Contact::phone().open(&session, cell).unwrap(), before.contact.phone);
    let change = Contact::email().set(&session, "m2", "set@b.c".to_owned()).unwrap();
    diesel::update(members::table.find("m2")).set(change).execute(&mut conn).unwrap();
    assert_eq!(loaded(&session, &mut conn).contact.email, "set@b.c");

    let found = Contact::phone().find(&session, "49 555 0002".to_owned()).unwrap();
    let found = found
        .by(|row: &SealedMember| row.id.clone())
        .load(&session, |page| page.of(members::table.select(SealedMember::as_select()), members::id).load(&mut conn));
    assert_eq!(found.unwrap()[0].id, "m2");
}

fn ambient(n: usize) -> AmbientMember {
    let Member { id, firm_id, name, contact, pin } = member(n);
    AmbientMember { id, firm_id, name, contact, pin }
}

#[test]
fn a_part_is_sealed_in_scope() {
    let (session, conn) = (session(), &mut sqlite());
    session.scope_sync(|| {
        diesel::insert_into(members::table).values(&ambient(1)).execute(conn).unwrap();
        diesel::insert_into(members::table).values(vec![ambient(2), ambient(3)]).execute(conn).unwrap();
        let changed = AmbientMember { contact: contact(4), ..ambient(1) };
        diesel::update(members::table.find("m1")).set(&changed).execute(conn).unwrap();
        let found: AmbientMember =
            members::table.order(members::id).select(AmbientMember::as_select()).first(conn).unwrap();
        assert_eq!(found, changed);
    });
    let raw: fieldseal::Ciphertext<diesel::sql_types::Text> =
        members::table.select(members::email).first(conn).unwrap();
    assert_eq!(raw.as_bytes().unwrap()[0], 0xF5);
}

#[test]
fn a_part_out_of_scope_is_an_error() {
    let conn = &mut sqlite();
    let lost = diesel::insert_into(members::table).values(&ambient(1)).execute(conn).unwrap_err();
    assert_eq!(Error::find(&lost).unwrap().code(), "keys.no_scope");
    session().scope_sync(|| diesel::insert_into(members::table).values(&ambient(1)).execute(conn)).unwrap();
    let lost = diesel::update(members::table.find("m1")).set(&ambient(1)).execute(conn).unwrap_err();
    assert_eq!(Error::find(&lost).unwrap().code(), "keys.no_scope");
    let load = members::table.select(AmbientMember::as_select());
    let lost = load.first::<AmbientMember>(conn).optional().unwrap_err();
    assert_eq!(Error::find(&lost).unwrap().code(), "keys.no_scope");
}

#[test]
fn a_closed_part_loads_and_is_saved_without_keys() {
    let session = session();
    let (before, mut conn) = inserted(&session, 1);
    let mut closed: ClosedMember = members::table.select(ClosedMember::as_select()).first(&mut conn).unwrap();
    closed.contact.city = "Bonn".into();
    Session::closed("acme")
        .scope_sync(|| diesel::update(members::table.find("m1")).set(&closed).execute(&mut conn))
        .unwrap();
    let after = loaded(&session, &mut conn);
    assert_eq!((&after.contact.email, after.contact.city.as_str()), (&before.contact.email, "Bonn"));
    assert_eq!(closed.contact.email.open(&session).unwrap(), before.contact.email);
}
