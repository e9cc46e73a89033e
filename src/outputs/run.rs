//! A firm's life, with all that can go wrong in it.

use pollster::block_on;

use super::printed::Printed;
use crate::Encrypted;
use crate::keys::ProviderErrorKind;
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
    scene.printed.show(&scene.vault);
    let session = scene.found("a");
    scene.use_keys(&session);
    scene.fail(&session);
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
