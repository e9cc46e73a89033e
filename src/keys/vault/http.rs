//! One HTTP request at a time: JSON there, JSON back, both wiped after use.

use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{build, fault};
use crate::keys::provider::ProviderError;

/// Speaks to one server.
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: String,
    namespace: Option<HeaderValue>,
}

/// A server's answer, of whatever status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Http {
    /// `address` holds scheme and authority, and no slash at its end.
    pub(super) fn new(address: String, namespace: Option<HeaderValue>, tls: ClientConfig) -> Self {
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Self { client, address, namespace }
    }

    /// Asks, and follows a standby server to the active one.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&SecretString>,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Answer, ProviderError> {
        let body = Bytes::from_owner(body);
        let mut address = self.address.clone();
        for _ in 0..REDIRECTS {
            let request = self.request(&method, format!("{address}/v1/{path}"), token, body.clone())?;
            let response = self.client.request(request).await.map_err(|e| fault::unreached(&self.address, e))?;
            match self.moved(&response) {
                Some(next) => address = next,
                None => return self.read(response).await,
            }
        }
        Err(fault::unreached(&self.address, io::Error::other("its redirects lead nowhere")))
    }

    fn request(
        &self,
        method: &Method,
        uri: String,
        token: Option<&SecretString>,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, ProviderError> {
        let mut request = Request::builder().method(method).uri(uri).header("X-Vault-Request", "true");
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token.expose_secret()).map_err(|_| fault::token())?;
            value.set_sensitive(true);
            request = request.header("X-Vault-Token", value);
        }
        if let Some(namespace) = &self.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        request.header(CONTENT_TYPE, "application/json").body(Full::new(body)).map_err(fault::request)
    }

    /// Where a redirect leads: to what could have been configured, or the token would travel in the clear.
    fn moved<B>(&self, response: &Response<B>) -> Option<String> {
        let location = matches!(response.status().as_u16(), 307 | 308).then(|| response.headers().get("Location"))?;
        let uri: Uri = location?.to_str().ok()?.parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let same = self.address.starts_with(&format!("{scheme}://"));
        if same { build::address(&format!("{scheme}://{authority}")).ok() } else { None }
    }

    async fn read<B>(&self, response: Response<B>) -> Result<Answer, ProviderError>
    where
        B: hyper::body::Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let status = response.status().as_u16();
        // Grown nowhere: a reallocation would leave a copy of the key behind.
        let mut body = Zeroizing::new(Vec::with_capacity(ANSWER));
        let mut limited = Limited::new(response.into_body(), ANSWER);
        while let Some(frame) = limited.frame().await {
            let frame = frame.map_err(|e| fault::unreached(&self.address, io::Error::other(e)))?;
            if let Ok(data) = frame.into_data() {
                body.extend_from_slice(&data);
            }
        }
        Ok(Answer { status, body })
    }
}

/// Bytes that an answer may have: a login with many policies takes some thousand.
const ANSWER: usize = 64 * 1024;

/// Answers that one request may take.
const REDIRECTS: usize = 3;
