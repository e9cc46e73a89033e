//! COPY FROM and COPY TO, which PostgreSQL's blocking connection has.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::base::*;
use super::{Postgres, assert_sealed_everywhere, secret, session};

/// Some of the columns; NULL is among the values.
#[derive(Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(Insertable))]
struct NewItem<'a> {
    id: i64,
    firm_id: &'a str,
    label: &'a str,
    #[encrypted(index(email_term))]
    email: &'a str,
    #[encrypted]
    notes: Option<&'a str>,
}

#[test]
fn twins_and_forms_are_copied_in_and_twins_out() {
    let mut db = Postgres::new("shapes_copy", &tables(Backend::Postgres));
    let (conn, session) = (&mut db.conn, session());
    let all: Vec<Item> = (10..40).map(|id| Item { notes: Some(secret(id)), ..item(id) }).collect();
    let sealed = session.seal(&all).unwrap();
    assert_eq!(diesel::copy_from(items::table).from_insertable(&sealed).execute(conn).unwrap(), 30);
    let emails: Vec<String> = (40..50).map(|id| secret(format!("mail {id}"))).collect();
    let new =
        |(id, email)| NewItem { id, firm_id: "acme", label: "copied", email, notes: (id % 2 == 0).then_some(email) };
    let forms: Vec<NewItem> = (40..).zip(emails.iter().map(String::as_str)).map(new).collect();
    let sealed = session.seal(&forms).unwrap();
    assert_eq!(diesel::copy_from(items::table).from_insertable(&sealed).execute(conn).unwrap(), 10);
    let found = items::table.filter(Item::email().eq(&session, secret("MAIL 41")).unwrap());
    let row = found.select(SealedItem::as_select()).first(conn).unwrap();
    let wanted = Item {
        id: 41,
        firm_id: "acme".into(),
        label: "copied".into(),
        rank: None,
        email: emails[1].clone(),
        notes: None,
    };
    assert_eq!(session.open(row).unwrap(), wanted);

    // No NULL among them: Diesel 2.3 reads every field behind one as NULL.
    diesel::delete(items::table.filter(items::rank.is_null().or(items::notes.is_null()))).execute(conn).unwrap();
    let rows = diesel::copy_to(items::table).load::<SealedItem, _>(conn).unwrap();
    let rows: Vec<SealedItem> = rows.collect::<QueryResult<_>>().unwrap();
    assert_eq!(session.open(rows).unwrap(), all);
    // Diesel leaves the COPY open when its rows are dropped: another connection for what follows.
    let conn = &mut PgConnection::establish(&db.database.url()).unwrap();
    assert_sealed_everywhere(conn);
}
