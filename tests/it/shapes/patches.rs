//! Patches: `Option` and `Option<Option<…>>`, beside plain fields, owned and borrowed, held and not held keys.

use diesel::prelude::*;
use fieldseal::Encrypted;

use super::base::*;
use super::secret;

#[derive(Encrypted, Default)]
#[diesel(table_name = items)]
#[encrypted(model = Item, derive(AsChangeset))]
struct ItemPatch<'a> {
    label: Option<&'a str>,
    rank: Option<Option<i32>>,
    #[encrypted(index(email_term))]
    email: Option<&'a str>,
    #[encrypted]
    notes: Option<Option<&'a str>>,
}

/// A patch that holds its row key and firm, and so is sealed without naming them.
#[derive(Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(AsChangeset, Identifiable))]
struct KeyedPatch {
    id: i64,
    firm_id: String,
    rank: Option<i32>,
    #[encrypted]
    notes: Option<String>,
}

/// E-mail, rank and notes.
type Said = (Option<String>, Option<Option<i32>>, Option<Option<String>>);

/// Every combination of what a patch may say of the three optional fields.
fn every_patch() -> Vec<Said> {
    let mut all = Vec::new();
    for email in [None, Some(secret("new-mail"))] {
        for rank in [None, Some(None), Some(Some(77))] {
            for notes in [None, Some(None), Some(Some(secret("new-note")))] {
                all.push((email.clone(), rank, notes));
            }
        }
    }
    all
}

on_both! {
    fn patches_leave_set_and_null(conn, session) of tables {
        insert_items!(conn, session, [12, 14]);
        for (email, rank, notes) in every_patch() {
            let (id, before) = (12, item(12));
            diesel::update(items::table.find(id)).set(session.seal(&before).unwrap()).execute(conn).unwrap();
            let patch = ItemPatch {
                label: Some("patched"),
                rank,
                email: email.as_deref(),
                notes: notes.as_ref().map(Option::as_deref),
            };
            let sealed = session.seal_for(id, &patch).unwrap();
            assert_eq!(diesel::update(items::table.find(id)).set(&sealed).execute(conn).unwrap(), 1);
            let wanted = Item {
                label: "patched".into(),
                rank: rank.unwrap_or(before.rank),
                email: email.unwrap_or(before.email.clone()),
                notes: notes.unwrap_or(before.notes.clone()),
                ..before
            };
            let found = items::table.filter(Item::email().eq(session, wanted.email.as_str()).unwrap());
            let row = found.select(SealedItem::as_select()).first(conn).expect("the term went with its cell");
            assert_eq!(session.open(row).unwrap(), wanted);
        }
        assert_eq!(stored_item!(conn, session, 14), item(14));
    }

    fn a_patch_that_holds_its_key_is_a_target(conn, session) of tables {
        insert_items!(conn, session, [12, 14]);
        let patch = KeyedPatch { id: 12, firm_id: "acme".into(), rank: None, notes: Some(secret("keyed")) };
        let twin = session.seal(&patch).unwrap();
        assert_eq!(diesel::update(&twin).set(&twin).execute(conn).unwrap(), 1);
        assert_eq!(stored_item!(conn, session, 12), Item { notes: patch.notes, ..item(12) });
        assert_eq!(stored_item!(conn, session, 14), item(14));
    }
}
