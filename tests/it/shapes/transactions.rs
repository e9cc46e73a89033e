//! Transactions and savepoints: what is rolled back was sealed, what stays opens.

use diesel::prelude::*;
use diesel::result::Error as DieselError;

use super::base::*;
use super::secret;

on_both! {
    fn savepoints_roll_back_apart_from_their_transaction(conn, session) of tables {
        let committed = conn.transaction(|conn| {
            diesel::insert_into(items::table).values(session.seal(&item(2))?).execute(conn)?;
            let inner = conn.transaction(|conn| {
                let set = Item::notes().set(session, 2, secret("rolled back"))?;
                diesel::update(items::table.find(2)).set(set).execute(conn)?;
                let wrong = Item { firm_id: "other".into(), ..item(4) };
                diesel::insert_into(items::table).values(session.seal(&wrong)?).execute(conn)
            });
            let refused = inner.unwrap_err();
            assert_eq!(fieldseal::Error::find(&refused).map(fieldseal::Error::code), Some("seal.wrong_firm"));
            conn.transaction(|conn| {
                let set = Item::email().set(session, 2, secret("kept"))?;
                diesel::update(items::table.find(2)).set(set).execute(conn)
            })
        });
        assert_eq!(committed.unwrap(), 1);
        assert_eq!(stored_item!(conn, session, 2), Item { email: secret("kept"), ..item(2) });

        let rolled_back: Result<(), DieselError> = conn.transaction(|conn| {
            diesel::insert_into(items::table).values(session.seal(&item(4))?).execute(conn)?;
            let row = items::table.find(4).select(SealedItem::as_select()).first(conn)?;
            assert_eq!(session.open(row)?, item(4));
            Err(DieselError::RollbackTransaction)
        });
        assert!(matches!(rolled_back, Err(DieselError::RollbackTransaction)));
        assert_eq!(items::table.count().get_result::<i64>(conn).unwrap(), 1);
    }
}
