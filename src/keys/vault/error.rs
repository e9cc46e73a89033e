//! Why the Vault provider can't be built.

/// A Vault provider that can't be built. No message holds a token or secret id.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultTransitError {
    /// The address is no URL of a server.
    #[error("`{address}` is no address of a Vault server: give it as `https://host:port`")]
    InvalidAddress {
        /// The address, as configured.
        address: String,
    },
    /// Tokens and keys would travel in the clear.
    #[error("`{address}` is not encrypted: use https, or an agent on this machine's loopback address")]
    PlainHttp {
        /// The address, as configured.
        address: String,
    },
    /// A mount path, key name or namespace that can't be one.
    #[error("`{name}` can't be the name of a {what}: use letters, digits, `-`, `_` and `.`")]
    InvalidName {
        /// `mount`, `key`, `namespace`.
        what: &'static str,
        /// The name, as configured.
        name: String,
    },
    /// Neither a token nor a role.
    #[error("no credentials for Vault: call `token(…)` or `app_role(…)`")]
    NoCredentials,
    /// The certificate authority can't be used, or the machine has none.
    #[error("no usable certificate authority: {what}")]
    Certificates {
        /// What is wrong.
        what: String,
    },
}

impl VaultTransitError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidAddress { .. } => "vault_transit.invalid_address",
            Self::PlainHttp { .. } => "vault_transit.plain_http",
            Self::InvalidName { .. } => "vault_transit.invalid_name",
            Self::NoCredentials => "vault_transit.no_credentials",
            Self::Certificates { .. } => "vault_transit.certificates",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything: never, since no server is asked.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        false
    }
}
