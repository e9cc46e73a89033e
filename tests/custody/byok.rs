//! Firms with providers and KEKs of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::keys::{FirmProviders, KekId, ProviderError, ProviderErrorKind, Providers};
use fieldseal::testing::{TestClock, sweep};
use fieldseal::{Encrypted, FirmId, KeyError, Vault, VaultBuilder};

use crate::kms::*;

/// Longer than any key lives in a process by default.
const DAY: Duration = Duration::from_secs(24 * 3600);

fn ours() -> Kms {
    Kms::new("aws", &["ours"])
}

fn builder(store: &Arc<MemoryKeyStore>) -> VaultBuilder {
    Vault::builder().provider(ours()).shared_store(store.clone())
}

/// A process whose firm `byok` has a KEK of its own; `plain` has none.
async fn world(customer: &Kms, clock: &TestClock) -> (Arc<MemoryKeyStore>, Vault) {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = builder(&store).firm_provider("byok", customer.clone()).clock(clock.clone()).build().unwrap();
    vault.initialize().await.unwrap();
    for firm in ["byok", "plain"] {
        vault.create_firm(firm).await.unwrap();
    }
    (store, vault)
}

#[tokio::test]
async fn a_firm_lies_under_its_own_kek_from_the_beginning() {
    let (_, vault) = world(&Kms::new("customer", &["theirs"]), &TestClock::new()).await;
    let own = vault.admin().keys("byok").await.unwrap();
    assert_eq!((own.provider.as_str(), own.kek.as_str()), ("customer", "theirs"));
    assert_eq!(vault.admin().keys("plain").await.unwrap().provider, "aws");
}

/// The customer disables its key, or takes the service's right to it.
#[tokio::test]
async fn a_customer_that_revokes_its_kek_stops_its_firm_within_the_hard_ttl_and_no_other() {
    for how in [ProviderErrorKind::Disabled, ProviderErrorKind::Denied] {
        let (customer, clock) = (Kms::new("customer", &["theirs"]), TestClock::new());
        let (_, vault) = world(&customer, &clock).await;
        let cells = [seal(&vault, "byok").await, seal(&vault, "plain").await];
        let sessions = [vault.session("byok").await.unwrap(), vault.session("plain").await.unwrap()];
        customer.refuse("theirs", how);
        clock.advance(DAY);
        sweep(&vault);
        assert!(opened(&sessions[0], &cells[0]).is_err(), "the open session has no key left");
        for _ in 0..2 {
            let error = vault.session("byok").await.unwrap_err();
            assert_eq!(failure(&error), Some(how), "{error}");
            assert!(error.to_string().contains("`customer`") && error.to_string().contains("text:byok"), "{error}");
        }
        open(&vault, &cells[1]).await.unwrap();
        opened(&sessions[1], &cells[1]).unwrap();
        customer.refuse("theirs", None);
        clock.advance(DAY);
        open(&vault, &cells[0]).await.unwrap();
    }
}

/// Whoever writes the store can't put the firm back under the platform's KEK: not by a record of before, nor by one made
/// for it by a process that knows nothing of the firm's own KEK.
#[tokio::test]
async fn a_firm_is_not_taken_back_under_the_platforms_kek() {
    let (store, customer) = (Arc::new(MemoryKeyStore::new()), Kms::new("customer", &["theirs"]));
    let before = builder(&store).build().unwrap();
    before.initialize().await.unwrap();
    before.create_firm("byok").await.unwrap();
    let of_before = stored(&store, &"byok".into());
    let moving = Providers::new(customer.clone()).moving_from(ours(), [KekId::new("ours")]);
    let moving = builder(&store).firm_provider("byok", moving).build().unwrap();
    moving.admin().rewrap("byok").await.unwrap().unwrap();
    put_back(&store, &of_before);
    let cold = builder(&store).firm_provider("byok", customer).build().unwrap();
    assert_eq!(cold.session("byok").await.unwrap_err().code(), "keys.foreign_kek");
    assert_eq!(cold.admin().rewrap("byok").await.unwrap_err().code(), "keys.foreign_kek");
}

/// The runbook: a customer brings its key, and takes it away again.
#[tokio::test]
async fn a_customer_brings_its_key_and_takes_it_away() {
    let (store, customer) = (Arc::new(MemoryKeyStore::new()), Kms::new("customer", &["theirs"]));
    let shared = builder(&store).build().unwrap();
    shared.initialize().await.unwrap();
    shared.create_firm("byok").await.unwrap();
    let cell = seal(&shared, "byok").await;

    let bringing = Providers::new(customer.clone()).moving_from(ours(), [KekId::new("ours")]);
    let process = builder(&store).firm_provider("byok", bringing).build().unwrap();
    open(&process, &cell).await.unwrap();
    process.admin().rewrap("byok").await.unwrap().unwrap();
    let own = builder(&store).firm_provider("byok", customer.clone()).build().unwrap();
    open(&own, &cell).await.unwrap();

    let leaving = Providers::new(ours()).moving_from(customer.clone(), [KekId::new("theirs")]);
    let process = builder(&store).firm_provider("byok", leaving).build().unwrap();
    process.admin().rewrap("byok").await.unwrap().unwrap();
    customer.refuse("theirs", ProviderErrorKind::Disabled);
    open(&builder(&store).build().unwrap(), &cell).await.unwrap();
}

/// What a service knows of its customers at run time.
#[derive(Clone, Default)]
struct Directory {
    firms: Arc<Mutex<HashMap<FirmId, Arc<Providers>>>>,
    unread: Arc<Mutex<bool>>,
}

impl FirmProviders for Directory {
    fn of(&self, firm: &FirmId) -> Result<Option<Arc<Providers>>, ProviderError> {
        if *self.unread.lock().unwrap() {
            return Err(ProviderError::new(ProviderErrorKind::Unavailable, "the customers were not read yet"));
        }
        Ok(self.firms.lock().unwrap().get(firm).cloned())
    }
}

#[tokio::test]
async fn customers_are_added_while_the_service_runs() {
    let (store, directory) = (Arc::new(MemoryKeyStore::new()), Directory::default());
    let vault = builder(&store).firm_providers(directory.clone()).build().unwrap();
    vault.initialize().await.unwrap();
    let own = Arc::new(Providers::new(Kms::new("customer", &["theirs"])));
    directory.firms.lock().unwrap().insert("new".into(), own);
    vault.create_firm("new").await.unwrap();
    assert_eq!(vault.admin().keys("new").await.unwrap().provider, "customer");

    // A directory that does not know is not one that says no.
    *directory.unread.lock().unwrap() = true;
    let error = vault.create_firm("unknown").await.unwrap_err();
    assert_eq!(failure(&error), Some(ProviderErrorKind::Unavailable), "{error}");
    vault.platform().await.unwrap();

    // One that names what can't be used is an error of that firm.
    *directory.unread.lock().unwrap() = false;
    let unfit = Arc::new(Providers::new(Kms::new("customer", &[])));
    directory.firms.lock().unwrap().insert("unfit".into(), unfit);
    let error = vault.create_firm("unfit").await.unwrap_err();
    assert_eq!(failure(&error), Some(ProviderErrorKind::Internal), "{error}");
}

#[test]
fn the_platforms_provider_is_the_vaults() {
    let built = builder(&Arc::default()).firm_provider(FirmId::Platform, ours()).build();
    assert_eq!(built.unwrap_err().code(), "build.platform_provider");
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    users (id) {
        id -> BigInt,
        firm -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
    }
}

#[derive(Debug, Encrypted)]
#[diesel(table_name = users)]
#[encrypted(firm = firm, derive(Queryable))]
struct User {
    id: i64,
    firm: String,
    #[encrypted(index(email_term, scope = global))]
    email: String,
}

fn user(firm: &str) -> User {
    User { id: 1, firm: firm.to_owned(), email: "a@b.c".to_owned() }
}

#[tokio::test]
async fn a_firm_with_its_own_kek_stays_out_of_global_indexes_unless_it_opts_in() {
    let customer = Kms::new("customer", &["theirs"]);
    let (store, vault) = world(&customer, &TestClock::new()).await;
    let right = vault.global_index().await.unwrap();
    let seal = |session: fieldseal::Session| session.with_global_index(&right).seal(&user("byok")).map(drop);
    let error = seal(vault.session("byok").await.unwrap()).unwrap_err();
    assert!(error.to_string().contains("joins_global_indexes"), "{error}");
    let fieldseal::SealError::Keys(KeyError::NotInGlobalIndexes { firm }) = &error else { panic!("{error}") };
    assert_eq!(firm.to_string(), "text:byok");
    let plain = vault.session("plain").await.unwrap().with_global_index(&right);
    plain.seal(&user("plain")).unwrap();

    let joining = Providers::new(customer).joins_global_indexes();
    let vault = builder(&store).firm_provider("byok", joining).build().unwrap();
    let session = vault.session("byok").await.unwrap().with_global_index(&vault.global_index().await.unwrap());
    session.seal(&user("byok")).unwrap();
}
