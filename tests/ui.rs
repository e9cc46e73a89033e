//! Programs against the derive: what compiles, and which message a mistake gets.

#![allow(clippy::unwrap_used, reason = "a test stops at the first failure, where it stands")]

#[path = "ui/pass"]
mod pass {
    mod ambient;
    mod derives;
    mod embedded;
    mod forms;
    mod hygiene;
    mod names;
    mod places;
    mod values;
}

/// The messages are those of the stable rustc that wrote them, and of all features: rustc lists types that have a trait,
/// and a feature adds some. `TRYBUILD=overwrite cargo test --all-features --test ui` writes them anew.
#[test]
#[cfg_attr(not(feature = "mysql"), ignore = "the messages are those of `--all-features`")]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
