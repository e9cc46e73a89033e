//! The providers without a server: key files, and the one for tests.

mod local {
    use std::sync::Arc;

    use fieldseal::keys::{LocalKeys, ProviderErrorKind};

    use crate::providers::{Part, conformance};

    fn part() -> Part {
        let directory = tempfile::tempdir().unwrap();
        let keks = ["first", "second"].map(|name| directory.path().join(name).to_str().unwrap().to_owned());
        for kek in &keks {
            LocalKeys::create(kek).unwrap();
        }
        let open = move |keks: &[&str]| {
            // Held, so that the files stay.
            let _ = &directory;
            let first = LocalKeys::open(keks[0]).unwrap();
            let all = keks[1..].iter().fold(first, |keys, old| keys.with_retired(old).unwrap());
            Arc::new(all) as Arc<_>
        };
        Part { keks, missing: None, open: Box::new(open), misnamed: &[ProviderErrorKind::Unauthentic], head: 0 }
    }

    conformance!(part,
        a_key_survives_wrapping
        a_key_stays_with_its_firm_version_and_purpose
        an_altered_or_cut_key_is_unauthentic
        a_kek_that_is_not_configured_is_refused
        a_key_of_another_kek_is_refused
        a_retired_kek_unwraps_and_never_wraps
        thirty_two_calls_at_once
        errors_and_logs_show_no_key
        the_name_is_stable
        a_vault_restarts_over_it
    );

    /// A KEK is missing here when its file is: the provider is not built.
    #[test]
    fn a_missing_kek_is_not_found() {
        let error = LocalKeys::open("/nonexistent/kek").unwrap_err();
        assert!(matches!(error, fieldseal::keys::LocalKeyError::NotFound { .. }), "{error}");
    }
}

/// One KEK, of everybody's knowledge: the cases of a second or missing one don't apply.
mod testing {
    use std::sync::Arc;

    use fieldseal::testing::TestKeys;

    use crate::providers::{Part, conformance};

    fn part() -> Part {
        let open = |_: &[&str]| Arc::new(TestKeys::new()) as Arc<_>;
        Part { keks: Default::default(), missing: None, open: Box::new(open), misnamed: &[], head: 0 }
    }

    conformance!(part,
        a_key_survives_wrapping
        a_key_stays_with_its_firm_version_and_purpose
        an_altered_or_cut_key_is_unauthentic
        a_kek_that_is_not_configured_is_refused
        thirty_two_calls_at_once
        errors_and_logs_show_no_key
        a_vault_restarts_over_it
    );
}
