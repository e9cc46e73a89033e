//! The KMS key is lost: a vault from nothing but an export, its custodians' shares, and rows of ciphertext.

mod attacks;

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use age::secrecy::ExposeSecret as _;
use diesel::prelude::*;
use fieldseal::admin::Hold;
use fieldseal::danger::{self, Custodians, Export, OpenedShare, RecoverError, open_share, recover_escrow};
use fieldseal::keys::store::SqliteKeyStore;
use fieldseal::{Encrypted, FirmId, LocalKeys, Vault};
use pollster::block_on;
use secrecy::SecretString;

use crate::process::{Process, ask, say};

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use fieldseal::sql_types::{BlindIndexed, Encrypted};

    patients (id) {
        id -> Integer,
        firm -> Text,
        name -> Encrypted<Text>,
        name_term -> BlindIndexed<Text>,
    }
}

#[derive(Encrypted, Debug, PartialEq)]
#[diesel(table_name = patients)]
#[encrypted(firm = firm, derive(Insertable, Queryable, Selectable))]
struct Patient {
    id: i32,
    firm: String,
    #[encrypted(index(name_term))]
    name: String,
}

const FIRMS: [&str; 2] = ["a", "b"];

/// A place with a KEK file, a key store and a table of rows.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn vault(&self) -> Vault {
        vault(self.0.path())
    }

    /// Three rows a firm.
    fn fill(&self) {
        let vault = self.vault();
        block_on(vault.initialize()).unwrap();
        let mut conn = rows(self.0.path());
        diesel::sql_query(
            "CREATE TABLE patients (id INTEGER PRIMARY KEY, firm TEXT NOT NULL, name BLOB, name_term BLOB)",
        )
        .execute(&mut conn)
        .unwrap();
        for firm in FIRMS {
            block_on(vault.create_firm(firm)).unwrap();
            let session = block_on(vault.session(firm)).unwrap();
            for n in 0..3 {
                let id = n + if firm == "a" { 0 } else { 10 };
                let patient = Patient { id, firm: firm.into(), name: format!("{firm} {n}") };
                let sealed = session.seal(&patient).unwrap();
                diesel::insert_into(patients::table).values(sealed).execute(&mut conn).unwrap();
            }
        }
        block_on(vault.create_firm("gone")).unwrap();
        block_on(danger::shred_firm(&vault, "gone")).unwrap();
    }
}

fn vault(at: &Path) -> Vault {
    let store = SqliteKeyStore::open(at.join("keys.db")).unwrap();
    block_on(store.migrate()).unwrap();
    Vault::builder().provider(LocalKeys::open_or_create(at.join("kek")).unwrap()).store(store).build().unwrap()
}

fn rows(at: &Path) -> SqliteConnection {
    SqliteConnection::establish(at.join("rows.db").to_str().unwrap()).unwrap()
}

/// What every row of the place says, found and opened by a vault.
fn read(at: &Path, vault: &Vault) -> Vec<Patient> {
    let mut conn = rows(at);
    let mut all = Vec::new();
    for firm in FIRMS {
        let session = block_on(vault.session(firm)).unwrap();
        let sealed: Vec<SealedPatient> = patients::table
            .filter(patients::firm.eq(firm))
            .select(SealedPatient::as_select())
            .order(patients::id)
            .load(&mut conn)
            .unwrap();
        let found: i64 = patients::table
            .filter(Patient::name().eq(&session, &format!("{firm} 1")).unwrap())
            .count()
            .get_result(&mut conn)
            .unwrap();
        assert_eq!(found, 1, "by the index of firm {firm}");
        all.extend(session.open(sealed).unwrap());
    }
    all
}

/// Three custodians, of whom two are needed.
struct Ceremony {
    identities: Vec<age::x25519::Identity>,
    payload: Vec<u8>,
    export: Export,
}

impl Ceremony {
    fn of(vault: &Vault) -> Self {
        let identities: Vec<_> = (0..3).map(|_| age::x25519::Identity::generate()).collect();
        let names: Vec<String> = identities.iter().map(|identity| identity.to_public().to_string()).collect();
        let custodians = Custodians::new(2, &names).unwrap();
        let mut payload = Vec::new();
        let export = block_on(danger::escrow(&vault.admin(), &custodians, &mut payload)).unwrap();
        Self { identities, payload, export }
    }

    fn share(&self, of: usize) -> OpenedShare {
        open_share(&self.export.shares[of].file, &secret(&self.identities[of])).unwrap()
    }
}

fn secret(identity: &age::x25519::Identity) -> SecretString {
    SecretString::from(identity.to_string().expose_secret().to_owned())
}

/// Step by step as docs/src/recovery.md, "The KMS key is lost", has it: another process, which is given the export's files
/// and a copy of the rows, and makes a KEK of its own.
#[test]
fn a_lost_kms_key_is_recovered_from_by_another_process() {
    let lost = Place::new();
    lost.fill();
    let expected = read(lost.0.path(), &lost.vault());
    let ceremony = Ceremony::of(&lost.vault());
    let new = Place::new();
    std::fs::copy(lost.0.path().join("rows.db"), new.0.path().join("rows.db")).unwrap();
    std::fs::write(new.0.path().join("payload"), &ceremony.payload).unwrap();
    for n in [0, 2] {
        std::fs::write(new.0.path().join(format!("share{n}")), &ceremony.export.shares[n].file).unwrap();
        let identity = secret(&ceremony.identities[n]);
        std::fs::write(new.0.path().join(format!("identity{n}")), secrecy::ExposeSecret::expose_secret(&identity))
            .unwrap();
    }
    drop(lost);
    let mut child = Process::start("recover", &[]);
    child.tell(new.0.path().to_str().unwrap());
    assert_eq!(child.hear(), ceremony.export.fingerprint);
    assert_eq!(child.hear(), "written 4 dry, 4, then 0");
    assert_eq!(child.hear(), format!("{expected:?}"));
    assert_eq!(child.hear(), "keys.shredded");
    assert!(child.wait());
}

/// In a child: recovers at the place that the test names.
pub(crate) fn recover() {
    let at = std::path::PathBuf::from(ask().unwrap());
    let opened = [0, 2].map(|n| {
        let identity = SecretString::from(std::fs::read_to_string(at.join(format!("identity{n}"))).unwrap());
        open_share(&std::fs::read(at.join(format!("share{n}"))).unwrap(), &identity).unwrap()
    });
    let mut recovery = recover_escrow(std::fs::File::open(at.join("payload")).unwrap(), &opened).unwrap();
    say(recovery.fingerprint());
    let vault = vault(&at);
    let dry = block_on(recovery.restore(&vault.admin().dry_run())).unwrap();
    assert!(block_on(vault.session("a")).is_err(), "a dry run writes nothing");
    let written = block_on(recovery.restore(&vault.admin())).unwrap();
    // Run once more, as after a crash.
    let again = block_on(recovery.restore(&vault.admin())).unwrap();
    say(&format!("written {dry} dry, {written}, then {again}"));
    say(&format!("{:?}", read(&at, &vault)));
    say(block_on(vault.session("gone")).unwrap_err().code());
    assert_eq!(block_on(vault.admin().keys("a")).unwrap().generation, 2);
    block_on(vault.create_firm("new")).unwrap();
}

/// A killed recovery goes on: the store holds some firms of it, and no half one.
#[test]
fn a_recovery_that_was_cut_off_goes_on() {
    let lost = Place::new();
    lost.fill();
    let ceremony = Ceremony::of(&lost.vault());
    let (new, donor) = (Place::new(), Place::new());
    std::fs::copy(new_kek(&donor), new.0.path().join("kek")).unwrap();
    let shares = [ceremony.share(0), ceremony.share(1)];
    // Every record of a whole recovery, put into the other store one by one, as far as a crash may leave it.
    let whole = donor.vault();
    block_on(recover_escrow(Cursor::new(&ceremony.payload), &shares).unwrap().restore(&whole.admin())).unwrap();
    let from: Arc<dyn fieldseal::keys::KeyStore> =
        Arc::new(SqliteKeyStore::open(donor.0.path().join("keys.db")).unwrap());
    let to = SqliteKeyStore::open(new.0.path().join("keys.db")).unwrap();
    block_on(to.migrate()).unwrap();
    let firms = [FirmId::Platform, FirmId::from("a")];
    for record in block_on(from.load(&firms)).unwrap().into_iter().flatten() {
        use fieldseal::keys::KeyStore as _;
        assert!(block_on(to.replace(None, &record)).unwrap());
    }
    let vault = new.vault();
    let mut recovery = recover_escrow(Cursor::new(&ceremony.payload), &shares).unwrap();
    assert_eq!(block_on(recovery.restore(&vault.admin())).unwrap(), 2, "the other firm and the tombstone");
    block_on(vault.session("b")).unwrap();
}

#[test]
fn holds_and_suspensions_outlive_the_store() {
    let lost = Place::new();
    lost.fill();
    let admin = lost.vault().admin();
    block_on(admin.hold("a", Hold::new("case 7", "a suit", "counsel"))).unwrap();
    block_on(admin.suspend("b", "unpaid")).unwrap();
    let ceremony = Ceremony::of(&lost.vault());
    let (new, shares) = (Place::new(), [ceremony.share(0), ceremony.share(1)]);
    let vault = new.vault();
    block_on(recover_escrow(Cursor::new(&ceremony.payload), &shares).unwrap().restore(&vault.admin())).unwrap();
    assert_eq!(block_on(danger::shred_firm(&vault, "a")).unwrap_err().code(), "keys.held");
    assert_eq!(block_on(vault.session("b")).unwrap_err().code(), "keys.suspended");
    block_on(vault.admin().reinstate("b")).unwrap();
    block_on(vault.session("b")).unwrap();
}

fn new_kek(place: &Place) -> std::path::PathBuf {
    let path = place.0.path().join("kek");
    LocalKeys::create(&path).unwrap();
    path
}

fn refused(result: Result<impl Sized, RecoverError>) -> RecoverError {
    result.err().expect("it is refused")
}

#[test]
fn an_export_is_recovered_into_an_empty_store_only() {
    let place = Place::new();
    place.fill();
    let ceremony = Ceremony::of(&place.vault());
    let used = Place::new();
    used.fill();
    let mut recovery = recover_escrow(Cursor::new(&ceremony.payload), &[ceremony.share(0), ceremony.share(1)]).unwrap();
    assert_eq!(refused(block_on(recovery.restore(&used.vault().admin()))).code(), "recover.store_in_use");
    read(used.0.path(), &used.vault());
}

#[test]
fn custodians_must_be_two_or_more_different_ones() {
    let name = || age::x25519::Identity::generate().to_public().to_string();
    let (a, b) = (name(), name());
    for (threshold, names) in
        [(1, vec![&a, &b]), (3, vec![&a, &b]), (2, vec![&a, &a]), (2, vec![&a, &"age1x".to_owned()])]
    {
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        assert_eq!(Custodians::new(threshold, &names).unwrap_err().code(), "escrow.custodians");
    }
    let place = Place::new();
    place.fill();
    let custodians = Custodians::new(2, &[&a, &b]).unwrap();
    let mut nothing = Vec::new();
    let said = block_on(danger::escrow(&place.vault().admin().dry_run(), &custodians, &mut nothing)).unwrap();
    assert_eq!((said.firms, said.shares.len(), nothing.len()), (3, 0, 0));
}
