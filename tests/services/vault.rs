//! The vault of the services that have one tenant.

use std::sync::LazyLock;
use std::thread;

use fieldseal::{Vault, testing};

use crate::support::watch::secrets;

/// What the services' tests write into sealed columns and nowhere else: the watch looks for it in all that they send.
const SECRETS: [&str; 20] = [
    "Gerry@forum.example",
    "JBSWY3DPEHPK3PXP",
    "token of gerry",
    "private key of gerry",
    "@gerry:matrix.example",
    "Met at the meadow",
    "See you at noon",
    "I am gerry and like lemmings",
    "gho_alice",
    "alice@example.org",
    "Squatting",
    "secret push",
    "secret private key",
    "secret name",
    "secret data",
    "secret notes",
    "secret fields",
    "secret history",
    "ada@example.org",
    "countess@example.net",
];

/// One for the process, as in production: the installed platform is the process's, which the tests share.
pub(crate) fn installed() -> &'static Vault {
    static VAULT: LazyLock<Vault> = LazyLock::new(|| {
        // In a thread of its own: the first test that comes here may run in a runtime, which would end with it.
        thread::spawn(|| {
            SECRETS.into_iter().for_each(|secret| {
                secrets::secret(secret);
            });
            let vault = testing::vault();
            vault.blocking().install_platform().unwrap();
            vault
        })
        .join()
        .unwrap()
    });
    &VAULT
}
