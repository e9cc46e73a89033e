//! Marked values, written through every path.

use fieldseal::{Session, Vault};

use super::{MARK, NUMBER, TOKEN, VISIBLE};
use crate::models::client::*;
use crate::models::sample::*;

pub(super) fn marked_client(n: usize) -> Client {
    Client {
        display_name: VISIBLE.to_owned(),
        email: format!("{MARK}{n}@b.c"),
        notes: Some(MARK.to_owned()),
        intake: Intake { matter: MARK.to_owned(), urgent: true },
        phone: Some(format!("{MARK} 555 {n}")),
        visits: NUMBER,
        tax_id: MARK.to_owned(),
        ..client(n)
    }
}

pub(super) fn marked_sample(id: i64) -> Sample {
    Sample { firm_id: 7, big: NUMBER, token: TOKEN, ..Sample::new(id, MARK) }.filled()
}

/// Sessions of the clients' firm and of the samples'.
pub(super) fn sessions(vault: &Vault) -> (Session, Session) {
    vault.blocking().create_firm("acme").unwrap();
    vault.blocking().create_firm(7i64).unwrap();
    (vault.blocking().session("acme").unwrap(), vault.blocking().session(7i64).unwrap())
}

/// Writes marked values by insert, batch, upsert, patch, assignment, and in a transaction that is rolled back.
macro_rules! write_everything {
    ($conn:expr, $clients:expr, $samples:expr) => {{
        let (conn, clients_of, samples_of) = ($conn, $clients, $samples);
        let all: Vec<Client> = (0..40).map(marked_client).collect();
        diesel::insert_into(clients::table).values(clients_of.seal(&all).unwrap()).execute(conn).unwrap();
        let samples = [marked_sample(1), marked_sample(2)];
        diesel::insert_into(samples::table).values(samples_of.seal(&samples[..]).unwrap()).execute(conn).unwrap();
        let twin = clients_of.seal(&marked_client(1)).unwrap();
        let upsert = diesel::insert_into(clients::table).values(&twin).on_conflict(clients::id);
        upsert.do_update().set(&twin).execute(conn).unwrap();
        let id = all[2].id.as_str();
        let patch = ClientPatch {
            email: Some(crate::leaks::MARK),
            notes: Some(Some(crate::leaks::MARK)),
            ..ClientPatch::default()
        };
        diesel::update(clients::table.find(id)).set(clients_of.seal_for(id, &patch).unwrap()).execute(conn).unwrap();
        let set = Client::phone().set(clients_of, id, crate::leaks::MARK).unwrap();
        diesel::update(clients::table.find(id)).set(set).execute(conn).unwrap();
        let rolled_back = conn.transaction(|conn| {
            diesel::insert_into(clients::table).values(clients_of.seal(&marked_client(99))?).execute(conn)?;
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        });
        assert!(rolled_back.is_err());
        let by_email = clients::table.filter(Client::email().eq(clients_of, crate::leaks::MARK).unwrap());
        let row = by_email.select(SealedClient::as_select()).first(conn).unwrap();
        assert_eq!(clients_of.open(row).unwrap().notes.as_deref(), Some(crate::leaks::MARK));
        diesel::delete(clients::table.find(&all[3].id)).execute(conn).unwrap();
    }};
}

pub(super) use write_everything;
