//! Who keeps the shares, and how many of them must come together.

use age::x25519::Recipient;

use super::error::EscrowError;

/// Custodians by their `age` recipients, and how many of them open an export.
#[derive(Clone)]
pub struct Custodians {
    threshold: u8,
    recipients: Vec<Recipient>,
}

impl Custodians {
    /// `threshold` of these `age1…` recipients (X25519, as `age-keygen` makes them) are needed.
    ///
    /// # Errors
    /// [`EscrowError::Custodians`] unless 2 to 255 different ones are named, of which at least two are needed.
    pub fn new(threshold: u8, recipients: &[impl AsRef<str>]) -> Result<Self, EscrowError> {
        let wrong = |reason: &'static str| EscrowError::Custodians { reason };
        let count = u8::try_from(recipients.len()).map_err(|_| wrong("at most 255 can be named"))?;
        if threshold < 2 || threshold > count {
            return Err(wrong("the threshold is 2 up to the number of custodians"));
        }
        let parse = |name: &str| name.parse::<Recipient>().map_err(|_| wrong("one is no `age1…` recipient"));
        let recipients = recipients.iter().map(|name| parse(name.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let custodians = Self { threshold, recipients };
        let mut names = custodians.names();
        names.sort();
        names.dedup();
        if names.len() < custodians.recipients.len() { Err(wrong("one is named twice")) } else { Ok(custodians) }
    }

    pub(super) fn threshold(&self) -> u8 {
        self.threshold
    }

    pub(super) fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.recipients.iter().map(ToString::to_string).collect()
    }
}

impl std::fmt::Debug for Custodians {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Custodians({} of {:?})", self.threshold, self.names())
    }
}

pub(super) fn encrypt(error: age::EncryptError) -> EscrowError {
    EscrowError::Write(std::io::Error::other(error.to_string()))
}
