//! What a failed call of the module means.

use cryptoki::error::{Error, RvError};

use crate::keys::provider::{ProviderError, ProviderErrorKind};

/// A call that failed, and what may be done about it.
pub(super) enum Fault {
    /// The session or the handles of it are gone: another session may do.
    Lost(ProviderError),
    /// The module did not say why: a damaged input, or a device in trouble.
    Doubt(ProviderError),
    /// Nothing: the caller is told.
    Final(ProviderError),
}

impl Fault {
    pub(super) fn into_error(self) -> ProviderError {
        match self {
            Self::Lost(error) | Self::Doubt(error) | Self::Final(error) => error,
        }
    }
}

/// The meaning of `error` while `doing`.
pub(super) fn failed(doing: &str, token: &str, error: Error) -> Fault {
    let kind = match &error {
        Error::Pkcs11(code, _) => kind(*code),
        _ => Kind::Final(ProviderErrorKind::Internal),
    };
    let says = |kind: ProviderErrorKind| {
        let message = format!("PKCS#11 token `{token}` failed while {doing}: {}", remedy(kind));
        ProviderError::new(kind, message).because(error)
    };
    match kind {
        Kind::Lost => Fault::Lost(says(ProviderErrorKind::Unavailable)),
        Kind::Doubt => Fault::Doubt(says(ProviderErrorKind::Unavailable)),
        Kind::Final(kind) => Fault::Final(says(kind)),
    }
}

enum Kind {
    Lost,
    Doubt,
    Final(ProviderErrorKind),
}

fn kind(code: RvError) -> Kind {
    match code {
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::UserNotLoggedIn
        | RvError::KeyHandleInvalid
        | RvError::ObjectHandleInvalid
        | RvError::DeviceRemoved
        | RvError::TokenNotPresent
        | RvError::OperationActive
        | RvError::OperationNotInitialized => Kind::Lost,
        RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange => Kind::Final(ProviderErrorKind::Unauthentic),
        RvError::UnknownErrorCode(AEAD_DECRYPT_FAILED) => Kind::Final(ProviderErrorKind::Unauthentic),
        RvError::KeyFunctionNotPermitted
        | RvError::ActionProhibited
        | RvError::UserPinNotInitialized
        | RvError::TokenWriteProtected
        | RvError::SessionReadOnly => Kind::Final(ProviderErrorKind::Denied),
        RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::KeyTypeInconsistent
        | RvError::KeySizeRange
        | RvError::FunctionNotSupported
        | RvError::CryptokiNotInitialized => Kind::Final(ProviderErrorKind::Internal),
        RvError::SessionCount | RvError::HostMemory | RvError::DeviceMemory | RvError::RandomNoRng => {
            Kind::Final(ProviderErrorKind::Unavailable)
        }
        _ => Kind::Doubt,
    }
}

fn remedy(kind: ProviderErrorKind) -> &'static str {
    match kind {
        ProviderErrorKind::Unauthentic => "the wrapped key was altered, or is another firm's, version's or KEK's",
        ProviderErrorKind::Denied => "allow the key `CKA_ENCRYPT` and `CKA_DECRYPT`, and the user to use it",
        ProviderErrorKind::Unavailable => "see to the device and its module's log",
        _ => "the module must offer CKM_AES_GCM; a process that forked must build its provider after the fork",
    }
}

/// `CKR_AEAD_DECRYPT_FAILED` of PKCS#11 3.0, which has no name of its own in the binding.
const AEAD_DECRYPT_FAILED: std::ffi::c_ulong = 0x42;
