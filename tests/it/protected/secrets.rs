//! Types that wipe their plaintext, through the whole path: bare, optional, indexed and protected.

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::*;

#[derive(Debug, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, firm = firm_id, derive(Queryable, Selectable, AsChangeset))]
struct Secrets {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: SecretString,
    #[encrypted]
    notes: Option<Zeroizing<String>>,
    #[encrypted(index(phone_term))]
    phone: Option<Protected<SecretString>>,
    #[encrypted]
    tax_id: Protected<Zeroizing<String>>,
}

#[test]
fn secrets_are_written_found_loaded_and_opened() {
    let World { acme, mut conn, .. } = World::new();
    let zeroizing = |text: &str| Zeroizing::new(text.to_owned());
    let secrets = Secrets {
        id: client(2).id,
        firm_id: "acme".into(),
        email: "Hunter2@b.c".into(),
        notes: Some(zeroizing("hunter2 notes")),
        phone: Some(Protected::new("555 2".into())),
        tax_id: Protected::new(zeroizing("hunter2 tax")),
    };
    let found: Secrets = acme.scope_sync(|| {
        let update = diesel::update(clients::table.find(&secrets.id)).set(&secrets);
        let text = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&update).to_string();
        assert!(!text.to_lowercase().contains("hunter2"), "{text}");
        update.execute(&mut conn).unwrap();
        let by_email = clients::table.filter(Client::email().scoped_eq(SecretString::from(" HUNTER2@b.c")));
        by_email.select(Secrets::as_select()).first(&mut conn).unwrap()
    });
    assert_eq!(found.email.expose_secret(), "Hunter2@b.c");
    assert_eq!(found.notes.as_ref().unwrap().as_str(), "hunter2 notes");
    assert_eq!(found.phone.as_ref().unwrap().open(&acme).unwrap().expose_secret(), "555 2");
    assert_eq!(found.tax_id.open(&acme).unwrap().as_str(), "hunter2 tax");
    let twin = acme.seal(&found).unwrap();
    assert!(!format!("{twin:?} {:?} {:?} {:?}", found.email, found.phone, found.tax_id).contains("unter2"));
    // They are the same cells as plain text's.
    acme.scope_sync(|| {
        let row: Client = clients::table.find(&found.id).select(Client::as_select()).first(&mut conn).unwrap();
        assert_eq!((row.email.as_str(), row.tax_id.as_str()), ("Hunter2@b.c", "hunter2 tax"));
    });
}
