//! What operators are told.

use fieldseal::keys::{KeyState, Purpose};
use fieldseal::testing::TestVault;
use pollster::block_on;

#[test]
fn a_new_firm_has_one_active_key_of_each_purpose() {
    let vault = TestVault::new().explicit_firms().build();
    block_on(vault.create_firm("a")).unwrap();
    let keys = block_on(vault.admin().keys("a")).unwrap();
    assert_eq!((keys.generation, keys.master_version, keys.min_open_version), (1, 1, 1));
    let versions: Vec<_> = keys.versions.iter().map(|key| (key.purpose, key.version, key.state)).collect();
    assert_eq!(versions, [(Purpose::Data, 1, KeyState::Active), (Purpose::Index, 1, KeyState::Active)]);
}

#[test]
fn a_firm_that_does_not_exist_is_an_error() {
    let vault = TestVault::new().explicit_firms().build();
    assert_eq!(block_on(vault.admin().keys("a")).unwrap_err().code(), "keys.unknown_firm");
}
