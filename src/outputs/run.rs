//! A firm's life, with all that can go wrong in it.

use pollster::block_on;

use super::printed::Printed;
use crate::Encrypted;
use crate::admin::{KeyAdmin, Verify};
use crate::context::FirmId;
use crate::danger::shred_firm;
use crate::keys::{ProviderErrorKind, Purpose};
use crate::session::{Session, Vault};
use crate::testing::{TestClock, TestKeys, TestVault};

diesel::table! {
    use diesel::sql_types::*;
    use crate::schema_types::*;

    letters (id) {
        id -> BigInt,
        firm -> Text,
        body -> FieldsealText,
        kind -> FieldsealTextDeterministic,
        kind_term -> FieldsealTextTerm,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = letters)]
#[encrypted(firm = firm, derive(Queryable))]
struct Letter {
    id: i64,
    firm: String,
    #[encrypted]
    body: String,
    #[encrypted(deterministic, index(kind_term))]
    kind: String,
}

fn letter(firm: &str) -> Letter {
    Letter { id: 1, firm: firm.into(), body: "text".into(), kind: "writ".into() }
}

/// The parts that the run steers.
struct Scene<'p> {
    printed: &'p Printed,
    clock: TestClock,
    keys: TestKeys,
    vault: Vault,
}

pub(super) fn everything(printed: &Printed) {
    let (clock, keys) = (TestClock::new(), TestKeys::new());
    let vault = TestVault::new().clock(clock.clone()).keys(keys.clone()).explicit_firms().build();
    let scene = Scene { printed, clock, keys, vault };
    scene.vault.register::<Letter>().unwrap();
    scene.printed.show(&scene.vault);
    let session = scene.found("a");
    scene.use_keys(&session);
    scene.fail(&session);
    scene.administer(&session);
    scene.end();
}

impl Scene<'_> {
    fn found(&self, firm: &str) -> Session {
        self.printed.ok(block_on(self.vault.create_firm(firm)));
        self.printed.ok(block_on(self.vault.session(firm)))
    }

    fn use_keys(&self, session: &Session) {
        let sealed = session.seal(&letter("a")).unwrap();
        self.printed.show(&sealed.body);
        self.printed.show(&sealed.kind_term);
        self.printed.ok(session.open(sealed));
        self.printed.ok(Letter::kind().terms(session, "writ"));
        self.printed.ok(block_on(self.vault.admin().keys("a")));
    }

    fn fail(&self, session: &Session) {
        self.printed.err(session.seal(&letter("b")).map(drop));
        let sealed = session.seal(&letter("a")).unwrap();
        self.printed.err(session.open(SealedLetter { id: 2, ..sealed.clone() }));
        self.printed.err(session.open(SealedLetter { firm: "b".into(), ..sealed }));
        self.printed.err(block_on(self.vault.session("nobody")));
        self.fail_by_provider();
    }

    fn administer(&self, session: &Session) {
        let printed = self.printed.clone();
        let admin = self.vault.admin().telling(move |step| printed.push(format!("{step} {step:?}")));
        self.printed.ok(block_on(self.vault.session("a")));
        for purpose in [Purpose::Data, Purpose::Index] {
            self.printed.ok(block_on(admin.clone().dry_run().rotate("a", purpose)));
            self.printed.ok(block_on(admin.rotate("a", purpose)));
        }
        self.use_keys(session);
        self.printed.ok(block_on(admin.rotate_master("a")));
        self.printed.ok(block_on(admin.rotate_master(FirmId::Platform)));
        self.printed.ok(block_on(admin.rewrap_all(4)));
        self.printed.ok(block_on(self.vault.session("a")));
        self.use_keys(session);
        self.printed.ok(block_on(admin.processes()));
        self.printed.show(&self.vault.key_stats());
        self.printed.ok(block_on(self.vault.revoke("a")));
        self.printed.err(session.seal(&letter("a")).map(drop));
        self.back_up(&admin);
    }

    fn back_up(&self, admin: &KeyAdmin) {
        let mut file = Vec::new();
        self.printed.ok(block_on(admin.backup(&mut file)));
        self.printed.push_bytes(file.clone());
        self.printed.ok(block_on(admin.verify_backup(&file[..], Verify::Deep)));
        file[100] ^= 1;
        self.printed.err(block_on(admin.verify_backup(&file[..], Verify::Deep)));
        self.printed.ok(block_on(admin.reinsert()));
    }

    fn end(&self) {
        let admin = self.vault.admin();
        self.printed.ok(block_on(admin.suspend("a", "a reason")));
        self.printed.err(block_on(self.vault.session("a")));
        self.printed.ok(block_on(admin.standing("a")));
        self.printed.ok(block_on(admin.reinstate("a")));
        self.printed.ok(block_on(shred_firm(&self.vault, "a")));
        self.printed.ok(block_on(admin.certificate("a")));
        self.printed.err(block_on(self.vault.session("a")));
    }

    fn fail_by_provider(&self) {
        use ProviderErrorKind::{Denied, Disabled, Internal, NotFound, Throttled, Unauthentic, Unavailable};
        for kind in [Unavailable, Throttled, Denied, NotFound, Disabled, Unauthentic, Internal] {
            self.clock.advance(std::time::Duration::from_secs(3600));
            self.keys.fail(Some(kind));
            self.printed.err(block_on(self.vault.session("a")));
            self.keys.fail(None);
        }
    }
}
