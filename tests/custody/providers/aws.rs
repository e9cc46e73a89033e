//! AWS KMS, played by moto. What moto gets wrong is in `aws_faults`.

use std::sync::Arc;

use fieldseal::keys::aws_sdk_kms::config::Region;
use fieldseal::keys::aws_sdk_kms::types::KeySpec;
use fieldseal::keys::aws_sdk_kms::{Client, Config};
use fieldseal::keys::{AwsKms, AwsKmsError, KekId, KeyProvider, ProviderErrorKind};
use pollster::block_on;

use super::servers::moto;
use super::{Part, conformance, context, generate};

fn part() -> Part {
    let open = |keks: &[&str]| {
        let client = moto::client();
        let builder = keks[1..].iter().fold(AwsKms::builder(client, keks[0]), |builder, old| builder.retired(*old));
        Arc::new(block_on(builder.build()).unwrap()) as Arc<dyn KeyProvider>
    };
    let missing = format!("arn:aws:kms:{}:123456789012:key/00000000-0000-0000-0000-000000000000", moto::REGION);
    // Its wrapped keys begin with the key's id, in the clear.
    // AWS says IncorrectKeyException, which is Unauthentic; moto says AccessDeniedException.
    let misnamed = &[ProviderErrorKind::Denied, ProviderErrorKind::Unauthentic];
    Part { keks: [moto::key(), moto::key()], missing: Some(missing), open: Box::new(open), misnamed, head: 36 }
}

conformance!(part);

/// The common case searches what the SDK logs; this one knows that there is something to search.
#[test]
fn the_sdks_own_logs_are_searched_too() {
    let keys = part().one();
    let (_, logs) = super::logs::Recorder::record(|| generate(&*keys, &context("text:acme", 1)).unwrap());
    assert!(
        ["aws_smithy_runtime", "hyper_util", "TrentService.GenerateDataKey"].iter().all(|part| logs.contains(part)),
        "{logs}"
    );
}

#[test]
fn every_name_of_a_key_is_stored_as_its_arn() {
    let arn = moto::key();
    let id = arn.rsplit('/').next().unwrap();
    moto::point("alias/names", &arn);
    let alias = arn.replace(&format!("key/{id}"), "alias/names");
    for name in [&arn, id, "alias/names", &alias] {
        let keys = block_on(AwsKms::from_client(moto::client(), name)).unwrap();
        assert_eq!(keys.keks(), [KekId::new(&arn)], "{name}");
    }
}

#[test]
fn an_alias_that_moves_leaves_stored_keys_where_they_were() {
    let (old, new) = (moto::key(), moto::key());
    moto::point("alias/moves", &old);
    let before = block_on(AwsKms::from_client(moto::client(), "alias/moves")).unwrap();
    let context = context("text:acme", 1);
    let (made, wrapped) = generate(&before, &context).unwrap();
    moto::point("alias/moves", &new);
    let (_, still) = generate(&before, &context).unwrap();
    assert_eq!(still.kek, KekId::new(&old), "a running process stays with its key");
    let after = block_on(AwsKms::builder(moto::client(), "alias/moves").retired(&old).build()).unwrap();
    assert_eq!(after.keks(), [KekId::new(&new), KekId::new(&old)]);
    assert_eq!(block_on(after.unwrap(&context, &wrapped)).unwrap().expose(), made.expose());
}

#[test]
fn a_multi_region_key_is_stored_without_its_region() {
    let arn = moto::key_of(KeySpec::SymmetricDefault, true);
    let keys = block_on(AwsKms::from_client(moto::client(), &arn)).unwrap();
    assert_eq!(keys.keks(), [KekId::new(arn.replace(moto::REGION, "*"))]);
    let (_, wrapped) = generate(&keys, &context("text:acme", 1)).unwrap();
    assert_eq!(wrapped.kek, keys.keks()[0]);
}

#[test]
fn rotation_inside_kms_goes_on_unnoticed() {
    let arn = moto::key();
    let keys = block_on(AwsKms::from_client(moto::client(), &arn)).unwrap();
    let context = context("text:acme", 1);
    let (made, wrapped) = generate(&keys, &context).unwrap();
    moto::run(moto::client().enable_key_rotation().key_id(&arn).send()).unwrap();
    moto::run(moto::client().rotate_key_on_demand().key_id(&arn).send()).unwrap();
    assert_eq!(block_on(keys.unwrap(&context, &wrapped)).unwrap().expose(), made.expose());
}

#[test]
fn names_that_lead_nowhere_are_refused_when_the_provider_is_built() {
    let built = |client: Client, name: &str| block_on(AwsKms::from_client(client, name)).unwrap_err();
    let missing = built(moto::client(), "alias/nobody");
    assert!(matches!(&missing, AwsKmsError::Resolve { source, .. } if source.kind() == ProviderErrorKind::NotFound));
    assert_eq!((missing.code(), missing.is_retryable()), ("aws_kms.resolve", false));
    for name in ["", "arn:aws:s3:::bucket", "a:b"] {
        assert_eq!(built(moto::client(), name).code(), "aws_kms.invalid_name", "{name}");
    }
    let elsewhere = moto::client().config().to_builder().region(Region::new("us-east-1")).build();
    assert_eq!(built(Client::from_conf(elsewhere), &moto::key()).code(), "aws_kms.wrong_region");
    let hmac = moto::key_of(KeySpec::Hmac256, false);
    let id = hmac.rsplit('/').next().unwrap();
    assert_eq!(built(moto::client(), id).code(), "aws_kms.not_symmetric");
}

#[test]
fn a_client_without_credentials_says_so() {
    let config: Config = moto::config(1).build();
    let without = Config::builder()
        .behavior_version(fieldseal::keys::aws_sdk_kms::config::BehaviorVersion::v2026_01_12())
        .region(config.region().cloned())
        .endpoint_url("http://127.0.0.1:1")
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let keys = block_on(AwsKms::from_conf(without, moto::key())).unwrap();
    let error = generate(&keys, &context("text:acme", 1)).unwrap_err();
    assert!(error.to_string().contains("credentials"), "{error}");
}
