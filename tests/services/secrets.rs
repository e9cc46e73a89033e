//! What the services' tests write into sealed columns and nowhere else.

use crate::support::sqlite;
use crate::support::watch::secrets::secret;

/// The watch looks for these in all that the services send. Texts that stand alone in a plain column of some service, and
/// those too short to tell from chance, are not among them.
pub(crate) const SECRETS: [&str; 33] = [
    // Accounts and addresses.
    "@example.org",
    "@example.com",
    "countess@example.net",
    "@forum.example",
    "@gerry:matrix.example",
    // Tokens and keys.
    "JBSWY3DPEHPK3PXP",
    "token of gerry",
    "token of other",
    "private key of ",
    "-----BEGIN PRIVATE KEY-----",
    "secret private key",
    "secret push",
    "gho_alan",
    "gho_alice",
    "gho_bob",
    "gho_carol",
    "gho_first",
    "gho_second",
    "gho_renewed",
    // What users keep, write and are told.
    "secret name",
    "secret data",
    "secret notes",
    "secret fields",
    "secret history",
    "2.a|b|c",
    "2.notes",
    "See you at noon",
    "See you at one",
    "Down at noon",
    "Hello back",
    "Met at the meadow",
    " and like lemmings",
    "Squatting, see ticket 4711",
];

/// Has every database of the process watched for them.
pub(crate) fn watch() {
    sqlite::watch();
    for text in SECRETS {
        secret(text);
    }
}
