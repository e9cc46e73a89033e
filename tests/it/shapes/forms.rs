//! Forms with lifetimes and generics.

use std::borrow::Cow;

use diesel::prelude::*;
use diesel::sql_types::Text;
use fieldseal::{Encode, Encrypted};

use super::base::*;
use super::secret;

/// Two lifetimes, one of a plain field, one of sealed ones alone.
#[derive(Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(Insertable, AsChangeset))]
struct Borrowed<'plain, 'sealed> {
    id: i64,
    firm_id: &'plain str,
    label: Cow<'plain, str>,
    #[encrypted(index(email_term))]
    email: &'sealed str,
    #[encrypted]
    notes: Option<Cow<'sealed, str>>,
}

/// Generic in a plain and in a sealed field. Diesel asks of a plain type what an insert of it needs.
#[derive(Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(Insertable))]
struct Generic<'a, R, E>
where
    R: Clone + std::fmt::Debug,
    E: Encode<Form = Text>,
{
    id: i64,
    firm_id: &'a str,
    label: String,
    rank: R,
    #[encrypted(index(email_term))]
    email: E,
}

/// A sealed field of any stored text.
#[derive(Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, derive(AsChangeset))]
struct Noted<N: Encode<Form = Text>> {
    #[encrypted]
    notes: Option<Option<N>>,
}

on_both! {
    fn borrowed_forms_are_inserted_and_updated(conn, session) of tables {
        let (firm, mails) = (String::from("acme"), [secret("Mail-1"), secret("Mail-2")]);
        let form = |id: i64, notes: Option<&'static str>| Borrowed {
            id,
            firm_id: &firm,
            label: Cow::Borrowed("borrowed"),
            email: &mails[usize::try_from(id - 1).unwrap()],
            notes: notes.map(|notes| Cow::Owned(secret(notes))),
        };
        let both = session.seal(&[form(1, None), form(2, Some("two"))][..]).unwrap();
        diesel::insert_into(items::table).values(&both).execute(conn).unwrap();
        let twin = session.seal(&form(1, Some("later"))).unwrap();
        diesel::update(items::table.find(1)).set(&twin).execute(conn).unwrap();
        let wanted = |id: i64, notes: &str| Item {
            label: "borrowed".into(),
            email: secret(format!("Mail-{id}")),
            notes: Some(secret(notes)),
            ..item(id)
        };
        assert_eq!(stored_item!(conn, session, 1), wanted(1, "later"));
        assert_eq!(stored_item!(conn, session, 2), wanted(2, "two"));
    }

    fn generic_forms_take_any_type_of_the_stored_form(conn, session) of tables {
        let borrowed = secret("Mail-1");
        let one = Generic { id: 1, firm_id: "acme", label: "item 1".into(), rank: 5, email: borrowed.as_str() };
        diesel::insert_into(items::table).values(session.seal(&one).unwrap()).execute(conn).unwrap();
        let email = guarded(&secret("Mail-2"));
        let two = Generic { id: 2, firm_id: "acme", label: "item 2".into(), rank: Some(6), email };
        diesel::insert_into(items::table).values(&session.seal(&two).unwrap()).execute(conn).unwrap();
        let patch = Noted { notes: Some(Some(guarded(&secret("generic")))) };
        let update = diesel::update(items::table.find(2)).set(session.seal_for(2, &patch).unwrap());
        update.execute(conn).unwrap();
        assert_eq!(stored_item!(conn, session, 1), Item { rank: Some(5), email: secret("Mail-1"), ..item(1) });
        let wanted = Item { rank: Some(6), email: secret("Mail-2"), notes: Some(secret("generic")), ..item(2) };
        assert_eq!(stored_item!(conn, session, 2), wanted);
        let none = session.seal_for(2, &Noted::<&str> { notes: Some(None) }).unwrap();
        diesel::update(items::table.find(2)).set(&none).execute(conn).unwrap();
        assert_eq!(stored_item!(conn, session, 2), Item { notes: None, ..wanted });
    }
}

fn guarded(text: &str) -> secrecy::SecretString {
    text.into()
}
