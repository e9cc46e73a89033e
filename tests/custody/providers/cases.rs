//! What every provider must do.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::keys::{FirmMasterKey, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey};
use fieldseal::{Encrypted, Vault};
use futures_util::future::join_all;
use pollster::block_on;

use super::logs::Recorder;
use super::{Part, Shared, context, generate};

pub(crate) fn a_key_survives_wrapping(part: &Part) {
    let (provider, context) = (part.one(), context("text:acme", 1));
    let (made, wrapped) = generate(&*provider, &context).unwrap();
    assert_eq!(block_on(provider.unwrap(&context, &wrapped)).unwrap().expose(), made.expose());
    let given = FirmMasterKey::init(|key| key.fill(0xA7));
    let again = block_on(provider.wrap(&context, &given)).unwrap();
    assert_eq!(block_on(provider.unwrap(&context, &again)).unwrap().expose(), given.expose());
    assert_eq!((&wrapped.kek, &again.kek), (&provider.keks()[0], &provider.keks()[0]));
    assert_ne!(made.expose(), &[0; 32]);
    let (other, _) = generate(&*provider, &context).unwrap();
    assert_ne!(made.expose(), other.expose());
}

pub(crate) fn a_key_stays_with_its_firm_version_and_purpose(part: &Part) {
    let provider = part.one();
    let (_, wrapped) = generate(&*provider, &context("text:acme", 1)).unwrap();
    // Purpose has one value so far; its entry is checked with the others where the context becomes bytes.
    for (firm, version) in [("text:acme2", 1), ("text:acme", 2), ("text:acme", 11), ("platform", 1), ("int:1", 1)] {
        assert_eq!(refused(&*provider, &context(firm, version), &wrapped).kind(), ProviderErrorKind::Unauthentic);
    }
    block_on(provider.unwrap(&context("text:acme", 1), &wrapped)).unwrap();
}

pub(crate) fn an_altered_or_cut_key_is_unauthentic(part: &Part) {
    let (provider, context) = (part.one(), context("text:acme", 1));
    let (_, wrapped) = generate(&*provider, &context).unwrap();
    let len = wrapped.bytes.len();
    let check = |bytes: Vec<u8>, at: usize, what: &str| {
        let altered = WrappedMasterKey { bytes, ..wrapped.clone() };
        let error = refused(&*provider, &context, &altered);
        let misnamed = at < part.head && part.misnamed.contains(&error.kind());
        assert!(misnamed || error.kind() == ProviderErrorKind::Unauthentic, "{what} {at} of {len}: {error}");
    };
    for at in (0..len).step_by(5).chain([len - 3, len - 2, len - 1]) {
        for bit in [0x01, 0x80] {
            let mut bytes = wrapped.bytes.clone();
            bytes[at] ^= bit;
            check(bytes, at, "a bit of byte");
        }
    }
    for cut in [0, 1, len / 2, len - 1] {
        check(wrapped.bytes[..cut].to_vec(), cut, "cut to");
    }
    check([&wrapped.bytes[..], &[0]].concat(), len, "one more at");
    block_on(provider.unwrap(&context, &wrapped)).unwrap();
}

pub(crate) fn a_kek_that_is_not_configured_is_refused(part: &Part) {
    let (provider, context) = (part.one(), context("text:acme", 1));
    let (_, wrapped) = generate(&*provider, &context).unwrap();
    let other = WrappedMasterKey { kek: KekId::new("someone:else"), ..wrapped };
    let kind = refused(&*provider, &context, &other).kind();
    assert!(matches!(kind, ProviderErrorKind::NotFound | ProviderErrorKind::Unauthentic), "{kind}");
}

pub(crate) fn a_key_of_another_kek_is_refused(part: &Part) {
    let context = context("text:acme", 1);
    let both = (part.open)(&[&part.keks[0], &part.keks[1]]);
    let (_, first) = generate(&*both, &context).unwrap();
    let (_, second) = generate(&*(part.open)(&[&part.keks[1]]), &context).unwrap();
    for (wrapped, kek) in [(&first, &second.kek), (&second, &first.kek)] {
        let misnamed = WrappedMasterKey { kek: kek.clone(), bytes: wrapped.bytes.clone() };
        let error = refused(&*both, &context, &misnamed);
        assert!(part.misnamed.contains(&error.kind()), "{error}");
    }
}

pub(crate) fn a_retired_kek_unwraps_and_never_wraps(part: &Part) {
    let context = context("text:acme", 1);
    let (made, wrapped) = generate(&*(part.open)(&[&part.keks[1]]), &context).unwrap();
    let alone = part.one();
    assert_eq!(refused(&*alone, &context, &wrapped).kind(), ProviderErrorKind::NotFound);
    let both = (part.open)(&[&part.keks[0], &part.keks[1]]);
    let opened = block_on(both.unwrap(&context, &wrapped)).unwrap();
    assert_eq!(opened.expose(), made.expose());
    let again = block_on(both.wrap(&context, &opened)).unwrap();
    assert_eq!((&again.kek, &wrapped.kek), (&both.keks()[0], &both.keks()[1]));
    assert_eq!(block_on(alone.unwrap(&context, &again)).unwrap().expose(), made.expose());
}

pub(crate) fn a_missing_kek_is_not_found(part: &Part) {
    let Some(missing) = &part.missing else { panic!("the part names no KEK that is missing") };
    let (provider, context) = ((part.open)(&[missing]), context("text:acme", 1));
    let error = generate(&*provider, &context).unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::NotFound, "{error}");
    let (_, theirs) = generate(&*part.one(), &context).unwrap();
    let wrapped = WrappedMasterKey { kek: provider.keks()[0].clone(), bytes: theirs.bytes };
    let error = refused(&*provider, &context, &wrapped);
    assert_eq!(error.kind(), ProviderErrorKind::NotFound, "{error}");
    assert!(!error.is_retryable());
}

pub(crate) fn thirty_two_calls_at_once(part: &Part) {
    let provider = part.one();
    let call = |firm: usize| {
        let (provider, context) = (provider.clone(), context(&format!("int:{firm}"), 1));
        async move {
            let (made, wrapped) = provider.generate(&context, &fieldseal::random::OsRandom).await.unwrap();
            let opened = provider.unwrap(&context, &wrapped).await.unwrap();
            assert_eq!(opened.expose(), made.expose());
            *made.expose()
        }
    };
    let keys: BTreeSet<_> = block_on(join_all((0..32).map(call))).into_iter().collect();
    assert_eq!(keys.len(), 32);
    // The same from the threads of a runtime.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tasks: Vec<_> = (0..32).map(|firm| runtime.spawn(call(firm))).collect();
    let keys: BTreeSet<_> = runtime.block_on(join_all(tasks)).into_iter().map(Result::unwrap).collect();
    assert_eq!(keys.len(), 32);
}

pub(crate) fn errors_and_logs_show_no_key(part: &Part) {
    let provider = (part.open)(&[&part.keks[0], &part.keks[1]]);
    let (mine, theirs) = (context("text:acme", 1), context("text:other", 1));
    let ((keys, blobs, mut text), logs) = Recorder::record(|| {
        let (made, wrapped) = generate(&*provider, &mine).unwrap();
        let given = block_on(provider.wrap(&mine, &made)).unwrap();
        block_on(provider.unwrap(&mine, &given)).unwrap();
        let misnamed = WrappedMasterKey { kek: provider.keks().last().unwrap().clone(), ..wrapped.clone() };
        let mut altered = wrapped.clone();
        *altered.bytes.last_mut().unwrap() ^= 1;
        let mut text = format!("{provider:?}", provider = provider.id());
        for (context, wrapped) in [(&theirs, &wrapped), (&mine, &misnamed), (&mine, &altered)] {
            if let Err(error) = block_on(provider.unwrap(context, wrapped)) {
                text.push_str(&whole(&error));
            }
        }
        ([*made.expose()], [wrapped.bytes, given.bytes, altered.bytes], text)
    });
    assert!(text.len() > 20, "there were errors: {text}");
    for blob in &blobs {
        // A part of it would do: the end holds no format and no key version.
        assert_hidden(&text, &blob[blob.len() - 24..]);
    }
    // Wrapped keys are in the SDK's own traces, as they are in the key store.
    text.push_str(&logs);
    for key in &keys {
        assert_hidden(&text, key);
    }
}

/// Everything that an error says, its causes included.
pub(crate) fn whole(error: &ProviderError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(" {cause} {cause:?}"));
        next = cause.source();
    }
    text
}

fn assert_hidden(text: &str, secret: &[u8]) {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let list = secret.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    // Base64 of bytes in the middle of others starts at one of three places.
    let encoded = (0..3).flat_map(|skip| {
        let whole = &secret[skip..skip + (secret.len() - skip) / 3 * 3];
        [STANDARD_NO_PAD.encode(whole), URL_SAFE_NO_PAD.encode(whole)]
    });
    let mut forms: Vec<_> = encoded.chain([hex::encode(secret), hex::encode_upper(secret), list]).collect();
    forms.extend(std::str::from_utf8(secret).ok().map(str::to_owned));
    for form in forms {
        assert!(!text.contains(&form), "a key or a wrapped key shows: …{form}… in {} bytes of text", text.len());
    }
}

pub(crate) fn the_name_is_stable(part: &Part) {
    let (once, again) = ((part.open)(&[&part.keks[0], &part.keks[1]]), (part.open)(&[&part.keks[0], &part.keks[1]]));
    assert_eq!((once.id(), once.keks()), (again.id(), again.keks()));
    assert!(["aws", "local", "pkcs11", "testing", "vault"].contains(&once.id()), "{}", once.id());
    assert_eq!(once.keks().len(), 2);
    assert_eq!(part.one().keks(), &once.keks()[..1]);
    assert_eq!(once.for_tests_only(), once.id() == "testing");
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> BigInt,
        firm -> Text,
        body -> FieldsealText,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm, derive(Queryable))]
struct Note {
    id: i64,
    firm: String,
    #[encrypted]
    body: String,
}

pub(crate) fn a_vault_restarts_over_it(part: &Part) {
    let store = Arc::new(MemoryKeyStore::new());
    let start =
        || Vault::builder().provider(Shared(part.one())).shared_store(store.clone()).build().unwrap().blocking();
    let note = Note { id: 7, firm: "acme".to_owned(), body: "the plaintext".to_owned() };
    let vault = start();
    vault.initialize().unwrap();
    vault.create_firm("acme").unwrap();
    let sealed = vault.session("acme").unwrap().seal(&note).unwrap();
    drop(vault);
    assert_eq!(start().session("acme").unwrap().open(sealed).unwrap(), note);
}

pub(crate) fn refused(
    provider: &dyn KeyProvider,
    context: &fieldseal::keys::EncryptionContext,
    wrapped: &WrappedMasterKey,
) -> ProviderError {
    match block_on(provider.unwrap(context, wrapped)) {
        Err(error) => error,
        Ok(_) => panic!("unwrapped: {context:?}"),
    }
}
