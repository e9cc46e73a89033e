//! The vault of the services that have one tenant.

use std::sync::LazyLock;
use std::thread;

use fieldseal::{Vault, testing};

/// One for the process, as in production: the installed platform is the process's, which the tests share.
pub(crate) fn installed() -> &'static Vault {
    static VAULT: LazyLock<Vault> = LazyLock::new(|| {
        crate::secrets::watch();
        // In a thread of its own: the first test that comes here may run in a runtime, which would end with it.
        thread::spawn(|| {
            let vault = testing::vault();
            vault.blocking().install_platform().unwrap();
            vault
        })
        .join()
        .unwrap()
    });
    &VAULT
}
