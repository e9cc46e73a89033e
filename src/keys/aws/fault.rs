//! What a failed call of the SDK means.

use std::error::Error;

use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId;

use crate::keys::provider::{ProviderError, ProviderErrorKind};

/// Says what failed and what to do.
///
/// The SDK's error is not kept as the cause: its `Debug` shows whole answers, and a cut one may hold a key.
pub(super) fn fault<E>(operation: &str, key: &str, error: &SdkError<E>) -> ProviderError
where
    E: ProvideErrorMetadata + RequestId + Error + 'static,
{
    let (kind, what) = match error {
        SdkError::ServiceError(refused) => {
            let (code, status) = (refused.err().code().unwrap_or("no code"), refused.raw().status().as_u16());
            if status < 300 {
                return ProviderError::new(
                    ProviderErrorKind::Internal,
                    format!("{operation} of AWS KMS key `{key}`: {GARBLED}"),
                );
            }
            let kind = kind(code, status);
            let request = refused.err().request_id().unwrap_or("-");
            (kind, format!("{code} (HTTP {status}, request {request}): {}", remedy(kind, code)))
        }
        SdkError::DispatchFailure(failed) => dispatch(failed.as_connector_error()),
        SdkError::TimeoutError(_) => (ProviderErrorKind::Unavailable, format!("timed out: {NETWORK}")),
        SdkError::ResponseError(_) => {
            (ProviderErrorKind::Unavailable, format!("the answer is cut or garbled: {NETWORK}"))
        }
        other => (ProviderErrorKind::Internal, format!("no request was made: {}{CLIENT}", causes(other))),
    };
    ProviderError::new(kind, format!("{operation} of AWS KMS key `{key}`: {what}"))
}

fn dispatch(error: Option<&(impl Error + 'static)>) -> (ProviderErrorKind, String) {
    let why = error.map(causes).unwrap_or_default();
    (ProviderErrorKind::Unavailable, format!("not reached: {why}{NETWORK}"))
}

/// Causes of failures before an answer: sockets, TLS, names, credentials.
fn causes(error: &(impl Error + 'static)) -> String {
    let mut text = String::new();
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(cause) = next {
        text.push_str(&format!("{cause}: "));
        next = cause.source();
    }
    text
}

/// By the code that KMS gives; by the HTTP status where it is new.
fn kind(code: &str, status: u16) -> ProviderErrorKind {
    match code {
        "ThrottlingException"
        | "Throttling"
        | "LimitExceededException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => ProviderErrorKind::Throttled,
        "DisabledException" | "KMSInvalidStateException" => ProviderErrorKind::Disabled,
        "NotFoundException" | "InvalidArnException" => ProviderErrorKind::NotFound,
        "AccessDeniedException"
        | "AccessDenied"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "OptInRequired"
        | "NotAuthorized" => ProviderErrorKind::Denied,
        "InvalidCiphertextException" | "IncorrectKeyException" => ProviderErrorKind::Unauthentic,
        "KeyUnavailableException"
        | "DependencyTimeoutException"
        | "KMSInternalException"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "RequestTimeout"
        | "RequestExpired" => ProviderErrorKind::Unavailable,
        _ => by_status(status),
    }
}

fn by_status(status: u16) -> ProviderErrorKind {
    match status {
        401 | 403 => ProviderErrorKind::Denied,
        429 => ProviderErrorKind::Throttled,
        500.. => ProviderErrorKind::Unavailable,
        _ => ProviderErrorKind::Internal,
    }
}

fn remedy(kind: ProviderErrorKind, code: &str) -> &'static str {
    match (kind, code) {
        (ProviderErrorKind::Throttled, _) => "try again later; ask for a higher quota if it lasts",
        (ProviderErrorKind::Disabled, _) => "enable the key, or cancel its deletion",
        (ProviderErrorKind::NotFound, _) => "check the name, the account and the client's region",
        (_, "ExpiredTokenException" | "UnrecognizedClientException" | "InvalidClientTokenId") => {
            "renew the service's credentials"
        }
        (ProviderErrorKind::Denied, _) => {
            "allow the service's role this operation with the firm's encryption context, in the key's policy and in IAM"
        }
        (ProviderErrorKind::Unauthentic, _) => "the wrapped key was altered, or is another firm's, version's or KEK's",
        (ProviderErrorKind::Unavailable, _) => "try again later; see the health of KMS, or of its external key store",
        _ => "check the key's type and the client's configuration",
    }
}

const NETWORK: &str = "check the network, the endpoint and the health of KMS";
const GARBLED: &str = "the answer is none of KMS's: check the client's endpoint for a proxy in between";
const CLIENT: &str = "check the client's credentials, region and HTTP client";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_nobody_has_seen_yet_are_told_by_their_status() {
        let kinds = [400, 403, 429, 500, 503].map(|status| kind("NewException", status));
        use ProviderErrorKind::{Denied, Internal, Throttled, Unavailable};
        assert_eq!(kinds, [Internal, Denied, Throttled, Unavailable, Unavailable]);
    }
}
