//! Whoever writes the key store, against the choice of KEK and master key.

use fieldseal::KeyError;
use fieldseal::keys::Tampering;

use super::*;

#[tokio::test]
async fn a_planted_kek_or_provider_is_refused_and_nobody_is_called() {
    let kms = Kms::new("aws", &["one"]);
    let (store, vault) = world(&kms).await;
    let good = stored(&store, &"a".into());
    for (provider, kek) in [("aws", "attacker"), ("attacker", "one"), ("local", "one")] {
        put_back(&store, &good);
        plant(&store, "a", |keys| {
            keys.master.provider = provider.to_owned();
            keys.master.kek = KekId::new(kek);
        });
        let (cold, calls) = (process(kms.clone(), &store), kms.calls());
        assert_eq!(cold.session("a").await.unwrap_err().code(), "keys.foreign_kek");
        let error = cold.admin().rewrap("a").await.unwrap_err();
        assert_eq!((error.code(), kms.calls()), ("keys.foreign_kek", calls));
    }
    drop(vault);
}

#[tokio::test]
async fn another_of_the_configured_keks_is_no_better() {
    let (store, _) = world(&Kms::new("aws", &["one"])).await;
    plant(&store, "a", |keys| keys.master.kek = KekId::new("two"));
    let cold = process(Kms::new("aws", &["two", "one"]), &store);
    assert_eq!(failure(&cold.session("a").await.unwrap_err()), Some(ProviderErrorKind::Unauthentic));
}

#[tokio::test]
async fn master_keys_swapped_between_firms_do_not_unwrap() {
    let kms = Kms::new("aws", &["one"]);
    let (store, vault) = world(&kms).await;
    let mut of_b = stored(&store, &"b".into());
    plant(&store, "a", |keys| keys.master = keys_of(&mut of_b).master.clone());
    let error = process(kms, &store).session("a").await.unwrap_err();
    assert_eq!(failure(&error), Some(ProviderErrorKind::Unauthentic), "{error}");
    drop(vault);
}

/// Everything of `b` under the name of `a`.
#[tokio::test]
async fn a_whole_record_under_another_firms_name_does_not_unwrap() {
    let kms = Kms::new("aws", &["one"]);
    let (store, _) = world(&kms).await;
    let (mut of_a, of_b) = (stored(&store, &"a".into()), stored(&store, &"b".into()));
    of_a.content = of_b.content;
    put_back(&store, &of_a);
    let error = process(kms, &store).session("a").await.unwrap_err();
    assert_eq!(failure(&error), Some(ProviderErrorKind::Unauthentic), "{error}");
}

#[tokio::test]
async fn after_the_change_the_record_of_before_is_refused() {
    let (old, new) = (Kms::new("aws", &["one"]), Kms::new("vault", &["transit"]));
    let (store, _) = world(&old).await;
    let before = stored(&store, &"a".into());
    let providers = || Providers::new(new.clone()).moving_from(old.clone(), [KekId::new("one")]);
    let warm = process(providers(), &store);
    warm.admin().rewrap_all(1).await.unwrap();
    warm.session("a").await.unwrap();
    put_back(&store, &before);

    // Who has seen the change refuses by the generation, whatever is configured.
    warm.revoke("a").await.unwrap();
    let error = warm.session("a").await.unwrap_err();
    let rolled_back = matches!(error, KeyError::Tampered { what: Tampering::RolledBack { found: 1, seen: 2 }, .. });
    assert!(rolled_back, "{error}");

    // Who has not, by the configuration, once that names the old KEK no more; and no KMS is asked.
    let (cold, calls) = (process(new.clone(), &store), old.calls());
    assert_eq!(cold.session("a").await.unwrap_err().code(), "keys.foreign_kek");
    assert_eq!(old.calls(), calls);

    // As long as it does, such a process can't tell: the reason to take it out.
    process(providers(), &store).session("a").await.unwrap();
}

/// The KEKs that a move may read from are listed one by one.
#[tokio::test]
async fn a_move_opens_no_other_kek_of_the_former_provider() {
    let old = Kms::new("aws", &["one", "zero"]);
    let (store, _) = world(&old).await;
    plant(&store, "a", |keys| keys.master.kek = KekId::new("zero"));
    let moving = Providers::new(Kms::new("vault", &["transit"])).moving_from(old.clone(), [KekId::new("one")]);
    let (cold, calls) = (process(moving, &store), old.calls());
    assert_eq!(cold.session("a").await.unwrap_err().code(), "keys.foreign_kek");
    assert_eq!(old.calls(), calls);
}

/// An endorsement names provider and KEK: one of before does not vouch for where the key lies now.
#[tokio::test]
async fn an_endorsement_of_before_the_change_vouches_for_nothing() {
    let (store, _) = world(&Kms::new("aws", &["one"])).await;
    let mut before = stored(&store, &"a".into());
    let kms = Kms::new("aws", &["two", "one"]);
    process(kms.clone(), &store).admin().rewrap("a").await.unwrap();
    plant(&store, "a", |keys| keys.master.endorsement = keys_of(&mut before).master.endorsement.clone());
    let error = process(kms, &store).session("a").await.unwrap_err();
    assert!(matches!(error, KeyError::Tampered { what: Tampering::NotEndorsed, .. }), "{error}");
}
