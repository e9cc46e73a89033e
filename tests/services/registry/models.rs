//! The tables' rows and what the service does with them.

mod email;
mod krate;
mod oauth;
mod token;
mod user;
mod version;

pub use email::{Email, NewEmail};
pub use krate::{Crate, NewCrate};
pub use oauth::{NewOauthGithub, OauthGithub};
pub use token::{ApiToken, NewApiToken, PlainToken};
pub use user::{Account, Dashboard, NewUser, User, UserPatch};
pub use version::{NewVersion, Version};

use secrecy::SecretString;

/// A secret for a link in a mail.
fn random_token() -> SecretString {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system's random source works");
    hex::encode(bytes).into()
}
