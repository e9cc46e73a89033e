//! Every key provider against its real part, by one list of cases, and what the real parts' emulators get wrong.

mod aws;
mod aws_faults;
mod cases;
mod logs;
mod others;
mod pkcs11;
mod replay;
mod servers;
mod vault;
mod vault_faults;
mod vault_tokens;

use std::sync::Arc;

use fieldseal::keys::{
    BoxFuture, EncryptionContext, FirmMasterKey, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
use fieldseal::random::{OsRandom, Randomness};
use pollster::block_on;

/// A provider with its real part, as the cases see it.
pub(crate) struct Part {
    /// Two KEKs that exist; the providers of [`open`](Self::open) name them so.
    pub(crate) keks: [String; 2],
    /// A KEK that the part does not hold, where one can be configured.
    pub(crate) missing: Option<String>,
    /// A provider that wraps under the first and only unwraps under the others.
    pub(crate) open: Box<Open>,
    /// What the part may call a wrapped key under another KEK than the one named.
    pub(crate) misnamed: &'static [ProviderErrorKind],
    /// How many bytes of a wrapped key name its KEK to the part: altering them is misnaming.
    pub(crate) head: usize,
}

/// Opens a provider of these KEKs.
type Open = dyn Fn(&[&str]) -> Arc<dyn KeyProvider>;

impl Part {
    /// A provider of one KEK.
    pub(crate) fn one(&self) -> Arc<dyn KeyProvider> {
        (self.open)(&[&self.keks[0]])
    }
}

/// One list of cases over a part: `conformance!(part)` where `part` is a function that gives one.
macro_rules! conformance {
    ($part:path) => {
        $crate::providers::conformance!($part,
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
    };
    ($part:path, $($case:ident)+) => {$(
        #[test]
        fn $case() {
            $crate::providers::cases::$case(&$part());
        }
    )+};
}
pub(crate) use conformance;

pub(crate) fn context(firm: &str, version: u32) -> EncryptionContext {
    EncryptionContext::master_key(&firm.parse().unwrap(), version)
}

pub(crate) fn generate(
    provider: &dyn KeyProvider,
    context: &EncryptionContext,
) -> Result<(FirmMasterKey, WrappedMasterKey), ProviderError> {
    block_on(provider.generate(context, &OsRandom))
}

/// A provider behind a pointer, as the vault takes one.
pub(crate) struct Shared(pub(crate) Arc<dyn KeyProvider>);

impl KeyProvider for Shared {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn keks(&self) -> &[KekId] {
        self.0.keks()
    }

    fn generate<'a>(
        &'a self,
        context: &'a EncryptionContext,
        random: &'a dyn Randomness,
    ) -> BoxFuture<'a, Result<(FirmMasterKey, WrappedMasterKey), ProviderError>> {
        self.0.generate(context, random)
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        self.0.wrap(context, key)
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        self.0.unwrap(context, wrapped)
    }

    fn for_tests_only(&self) -> bool {
        self.0.for_tests_only()
    }
}
