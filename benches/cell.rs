//! One cell, through the public API, against its cipher alone with a ready key.

#[path = "support/harness.rs"]
mod harness;

use std::cell::Cell;
use std::hint::black_box;

use fieldseal::{Encrypted, Session};
use harness::Bench;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use xaes_256_gcm::aead::AeadInOut;
use xaes_256_gcm::{Nonce, Tag, Xaes256Gcm};

mod schema {
    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        files (id) {
            id -> Uuid,
            firm_id -> Text,
            body -> FieldsealBytes,
            body_term -> FieldsealBytesTerm,
        }
    }
}

#[derive(Encrypted)]
#[diesel(table_name = schema::files)]
#[encrypted(firm = firm_id, derive(Queryable))]
struct File {
    id: Uuid,
    firm_id: String,
    #[encrypted(index(body_term))]
    body: Vec<u8>,
}

const SIZES: [usize; 4] = [16, 64, 256, 4096];

/// Head and row key of a cell of `files`, as long as the associated data that fieldseal authenticates.
const AAD: [u8; 27] = [7; 27];

fn main() {
    let vault = fieldseal::testing::vault();
    let session = vault.blocking().session("acme").expect("the testing vault creates firms");
    let (id, bare) = (Uuid::from_u128(1), Bare::new());
    let mut bench = Bench::new("cell");
    for size in SIZES {
        let value = vec![b'x'; size];
        bench.calls(format!("seal {size}"), || bare.seal(black_box(&value)), || seal(&session, &id, black_box(&value)));
    }
    for size in SIZES {
        open(&mut bench, &session, &bare, id, size);
    }
    for size in SIZES {
        let (value, mac) = (vec![b'x'; size], bare.mac.clone());
        bench.calls(
            format!("term {size}"),
            || term(&mac, black_box(&value)),
            || File::body().term(&session, black_box(&value)).expect("the session is live"),
        );
    }
    let value = [b'x'; 64];
    let key = &bare.cipher;
    bench.concurrent_calls(
        "threads seal 64",
        2,
        || thread_bare(key, black_box(&value)),
        || seal(&session, &id, black_box(&value)),
    );
    bench.finish();
}

fn seal(session: &Session, id: &Uuid, value: &[u8]) -> impl Sized {
    File::body().seal(session, id, value).expect("the session is live")
}

/// Opening consumes the stored bytes, so both sides begin by copying them, as a driver does.
fn open(bench: &mut Bench, session: &Session, bare: &Bare, id: Uuid, size: usize) {
    let value = vec![b'x'; size];
    let stored = bare.seal(&value);
    let cell = File::body().seal(session, &id, &value).expect("the session is live");
    let nonce = bare.last_nonce();
    bench.calls(
        format!("open {size}"),
        || bare.open(&nonce, black_box(&stored)),
        || File::body().open(session, (id, black_box(&cell).clone())).expect("the cell is in its place"),
    );
}

fn term(mac: &Hmac<Sha256>, value: &[u8]) -> [u8; 16] {
    let mut mac = mac.clone();
    mac.update(value);
    let mut cut = [0; 16];
    cut.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    cut
}

/// The primitives with ready keys, and nonces that cost nothing.
struct Bare {
    cipher: Xaes256Gcm,
    mac: Hmac<Sha256>,
    nonces: Cell<u64>,
}

impl Bare {
    fn new() -> Self {
        let mac = Hmac::new_from_slice(&[2; 32]).expect("HMAC takes keys of any length");
        Self { cipher: Xaes256Gcm::new(&[1; 32].into()), mac, nonces: Cell::new(0) }
    }

    fn seal(&self, value: &[u8]) -> Vec<u8> {
        self.nonces.set(self.nonces.get() + 1);
        encrypt(&self.cipher, &self.last_nonce(), value)
    }

    fn last_nonce(&self) -> Nonce {
        nonce(self.nonces.get())
    }

    fn open(&self, nonce: &Nonce, stored: &[u8]) -> Vec<u8> {
        let mut value = stored.to_vec();
        let body = value.len() - 16;
        let tag = Tag::try_from(&value[body..]).expect("a tag is 16 bytes");
        let opened = self.cipher.decrypt_inout_detached(nonce, &AAD, (&mut value[..body]).into(), &tag);
        opened.expect("the bytes are authentic");
        value.truncate(body);
        value
    }
}

fn encrypt(cipher: &Xaes256Gcm, nonce: &Nonce, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 16);
    out.extend_from_slice(value);
    let tag = cipher.encrypt_inout_detached(nonce, &AAD, out.as_mut_slice().into()).expect("the value is short");
    out.extend_from_slice(&tag);
    out
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 24];
    nonce[16..].copy_from_slice(&number.to_be_bytes());
    nonce.into()
}

/// Each thread counts for itself.
fn thread_bare(cipher: &Xaes256Gcm, value: &[u8]) -> Vec<u8> {
    thread_local!(static NUMBER: Cell<u64> = const { Cell::new(0) });
    let number = NUMBER.get() + 1;
    NUMBER.set(number);
    encrypt(cipher, &nonce(number), value)
}
