//! An HSM, by SoftHSM: the common cases, and what only a module can do wrong.

use std::sync::Arc;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11 as Module};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use cryptoki::session::{Session, UserType};
use fieldseal::keys::{KeyProvider, Pkcs11, Pkcs11Builder, ProviderErrorKind, WrappedMasterKey};
use pollster::block_on;
use secrecy::SecretString;

use super::cases::{self, refused, whole};
use super::servers::softhsm::{MODULE, PIN, TOKEN, label, with_hsm};
use super::{Part, context, generate};

fn builder(kek: &str) -> Pkcs11Builder {
    Pkcs11::builder(MODULE).token(TOKEN).pin(SecretString::from(PIN)).kek(kek)
}

/// A provider of a new KEK.
fn made(name: &str) -> Pkcs11 {
    let keys = builder(&label(name)).build().unwrap();
    block_on(keys.create_kek()).unwrap();
    keys
}

fn part() -> Part {
    let keks = [label("first"), label("second")];
    for kek in &keks {
        block_on(builder(kek).build().unwrap().create_kek()).unwrap();
    }
    let open = |keks: &[&str]| {
        let builder = keks[1..].iter().fold(builder(keks[0]), |builder, old| builder.retired(*old));
        Arc::new(builder.build().unwrap()) as Arc<dyn KeyProvider>
    };
    Part {
        keks,
        missing: Some("nobody".to_owned()),
        open: Box::new(open),
        misnamed: &[ProviderErrorKind::Unauthentic],
        head: 0,
    }
}

/// Tests that run where the HSM is.
macro_rules! with_hsm {
    ($($(#[$doc:meta])* fn $name:ident() $body:block)+) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            let name = concat!(module_path!(), "::", stringify!($name));
            with_hsm(name.split_once("::").unwrap().1, || $body);
        }
    )+};
}

macro_rules! conformance {
    ($($case:ident)+) => { with_hsm! {$( fn $case() { cases::$case(&part()) } )+} };
}

conformance!(
    a_key_survives_wrapping
    a_key_stays_with_its_firm_version_and_purpose
    an_altered_or_cut_key_is_unauthentic
    a_kek_that_is_not_configured_is_refused
    a_key_of_another_kek_is_refused
    a_retired_kek_unwraps_and_never_wraps
    a_missing_kek_is_not_found
    thirty_two_calls_at_once
    errors_and_logs_show_no_key
    the_name_is_stable
    a_vault_restarts_over_it
);

/// The module as another part of the process uses it.
fn elsewhere() -> (Module, Session) {
    let module = Module::new(MODULE).unwrap();
    // It may have been started before.
    let _ = module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    let slots = module.get_slots_with_initialized_token().unwrap();
    let slot = slots.into_iter().find(|slot| module.get_token_info(*slot).unwrap().label() == TOKEN).unwrap();
    let session = module.open_rw_session(slot).unwrap();
    // Logged in with everybody else of the process.
    let _ = session.login(UserType::User, Some(&PIN.to_owned().into()));
    (module, session)
}

/// A key of these bytes, as a ceremony brings one in.
fn imported(label: &str, bytes: Vec<u8>) {
    let (_module, session) = elsewhere();
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Token(true),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Value(bytes),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
    ];
    session.create_object(&template).unwrap();
}

/// A key of the label that other software made.
fn planted(label: &str, more: &[Attribute]) {
    let (_module, session) = elsewhere();
    let mut template = vec![
        Attribute::Token(true),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
    ];
    template.extend_from_slice(more);
    session.generate_key(&Mechanism::AesKeyGen, &template).unwrap();
}

with_hsm! {
    fn sessions_that_were_lost_are_opened_again() {
        let (keys, acme) = (made("lost"), context("text:acme", 1));
        let (key, wrapped) = generate(&keys, &acme).unwrap();
        // The module ends every session of the process, as it does when its device restarts.
        let (module, session) = elsewhere();
        drop(session);
        module.finalize().unwrap();
        let again = Module::new(MODULE).unwrap();
        again.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        assert_eq!(block_on(keys.unwrap(&acme, &wrapped)).unwrap().expose(), key.expose());
        generate(&keys, &acme).unwrap();
    }

    fn a_logout_by_others_is_followed_by_a_login() {
        let (keys, acme) = (made("logout"), context("text:acme", 1));
        let (key, wrapped) = generate(&keys, &acme).unwrap();
        elsewhere().1.logout().unwrap();
        assert_eq!(block_on(keys.unwrap(&acme, &wrapped)).unwrap().expose(), key.expose());
    }

    /// A damaged input is told from a damaged device by using the key once more.
    fn a_device_in_trouble_is_not_taken_for_a_damaged_key() {
        let kek = label("trouble");
        let keys = builder(&kek).build().unwrap();
        block_on(keys.create_kek()).unwrap();
        let acme = context("text:acme", 1);
        let (_, wrapped) = generate(&keys, &acme).unwrap();
        let mut altered = wrapped.clone();
        altered.bytes[20] ^= 1;
        assert_eq!(refused(&keys, &acme, &altered).kind(), ProviderErrorKind::Unauthentic);
        block_on(keys.unwrap(&acme, &wrapped)).unwrap();
        // The token goes: the same damaged input is no longer called damaged.
        let tokens = std::fs::read_to_string(std::env::var("SOFTHSM2_CONF").unwrap()).unwrap();
        let directory = tokens.lines().next().unwrap().split(" = ").nth(1).unwrap().to_owned();
        std::fs::remove_dir_all(directory).unwrap();
        let kind = refused(&keys, &acme, &altered).kind();
        assert!(matches!(kind, ProviderErrorKind::Unavailable | ProviderErrorKind::NotFound), "{kind}");
    }

    /// The same answer for every input, good or bad: here, since the token holds another key under the label.
    fn a_device_that_opens_nothing_any_more_does_not_call_keys_damaged() {
        let kek = label("replaced");
        let keys = builder(&kek).sessions(1).build().unwrap();
        block_on(keys.create_kek()).unwrap();
        let acme = context("text:acme", 1);
        let (_, wrapped) = generate(&keys, &acme).unwrap();
        let mut altered = wrapped.clone();
        altered.bytes[20] ^= 1;
        assert_eq!(refused(&keys, &acme, &altered).kind(), ProviderErrorKind::Unauthentic);
        let (_module, session) = elsewhere();
        let [old] = session.find_objects(&[Attribute::Label(kek.clone().into_bytes())]).unwrap()[..] else { panic!("one key") };
        session.destroy_object(old).unwrap();
        block_on(keys.create_kek()).unwrap();
        let error = refused(&keys, &acme, &wrapped);
        assert_eq!(error.kind(), ProviderErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("testing the key"), "{error}");
    }

    fn a_key_that_may_leave_the_module_is_refused() {
        let cases: [&[Attribute]; 3] = [
            &[Attribute::ValueLen(32.into()), Attribute::Sensitive(true), Attribute::Extractable(true)],
            &[Attribute::ValueLen(32.into()), Attribute::Sensitive(false), Attribute::Extractable(false)],
            &[Attribute::ValueLen(16.into()), Attribute::Sensitive(true), Attribute::Extractable(false)],
        ];
        for attributes in cases {
            let kek = label("planted");
            planted(&kek, attributes);
            let error = generate(&builder(&kek).build().unwrap(), &context("text:acme", 1)).unwrap_err();
            assert_eq!(error.kind(), ProviderErrorKind::Internal, "{error}");
            assert!(error.to_string().contains("may leave the module"), "{error}");
        }
    }

    /// What other implementations wrapped, under a KEK that is in the module without ever leaving it.
    fn the_specified_form_unwraps() {
        let vectors = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/keys.json")).unwrap();
        let vectors: serde_json::Value = serde_json::from_str(&vectors).unwrap();
        let cases: Vec<_> = vectors["cases"].as_array().unwrap().iter().filter(|case| case["what"] == "pkcs11-wrap").collect();
        assert!(!cases.is_empty());
        for case in cases {
            let bytes = |field: &str| hex::decode(case[field].as_str().unwrap()).unwrap();
            let kek = label("vector");
            imported(&kek, bytes("kek"));
            let keys = builder(&kek).build().unwrap();
            let version = u32::try_from(case["fmk_version"].as_u64().unwrap()).unwrap();
            let wrapped = WrappedMasterKey { kek: keys.keks()[0].clone(), bytes: bytes("wrapped") };
            let context = context(case["firm"].as_str().unwrap(), version);
            let opened = block_on(keys.unwrap(&context, &wrapped)).unwrap();
            assert_eq!(opened.expose()[..], bytes("fmk"), "{}", case["comment"]);
            assert_eq!(generate(&keys, &context).unwrap().1.bytes.len(), wrapped.bytes.len());
        }
    }

    fn labels_that_repeat_need_an_id() {
        let kek = label("twice");
        let safe = [Attribute::ValueLen(32.into()), Attribute::Sensitive(true), Attribute::Extractable(false)];
        for id in [b"a", b"b"] {
            planted(&kek, &[&safe[..], &[Attribute::Id(id.to_vec())]].concat());
        }
        let acme = context("text:acme", 1);
        let error = generate(&builder(&kek).build().unwrap(), &acme).unwrap_err();
        assert!(error.to_string().contains("several times: name its id"), "{error}");
        let one = builder("-").kek_with_id(&kek, b"a").build().unwrap();
        let both = builder("-").kek_with_id(&kek, b"b").retired_with_id(&kek, b"a").build().unwrap();
        let (key, wrapped) = generate(&one, &acme).unwrap();
        assert_eq!(block_on(both.unwrap(&acme, &wrapped)).unwrap().expose(), key.expose());
        let misnamed = WrappedMasterKey { kek: both.keks()[0].clone(), ..wrapped };
        assert_eq!(refused(&both, &acme, &misnamed).kind(), ProviderErrorKind::Unauthentic);
    }

    fn a_key_is_made_once() {
        let keys = made("once");
        let error = block_on(keys.create_kek()).unwrap_err();
        assert!(error.to_string().contains("is there already"), "{error}");
    }

    /// SoftHSM counts wrong PINs as devices do: a second try with the right one works only if the first was not repeated.
    fn a_wrong_pin_is_tried_once() {
        let kek = label("pin");
        let wrong = builder(&kek).pin(SecretString::from("90210")).build().unwrap();
        for _ in 0..3 {
            let error = generate(&wrong, &context("text:acme", 1)).unwrap_err();
            assert_eq!(error.kind(), ProviderErrorKind::Denied, "{error}");
            assert!(!whole(&error).contains("90210"));
        }
        let error = generate(&wrong, &context("text:acme", 1)).unwrap_err();
        assert!(error.to_string().contains("refused the PIN before"), "{error}");
    }

    fn a_token_that_is_not_there_is_an_outage() {
        let keys = builder("kek").token("nowhere").build().unwrap();
        let error = generate(&keys, &context("text:acme", 1)).unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Unavailable, "{error}");
    }
}

#[test]
fn settings_that_are_missing_are_named() {
    let built = |builder: Pkcs11Builder| builder.build().unwrap_err();
    assert_eq!(builder("kek").named("eu").build().unwrap().id(), "pkcs11:eu");
    let missing = built(Pkcs11::builder(MODULE).token(TOKEN).kek("kek"));
    assert_eq!((missing.code(), missing.to_string().contains("`pin(…)`")), ("pkcs11.not_set", true));
    assert_eq!(built(Pkcs11::builder("/nonexistent.so").token("t").pin("p".into()).kek("k")).code(), "pkcs11.module");
    assert!(!format!("{:?}", builder("kek")).contains(PIN));
}
