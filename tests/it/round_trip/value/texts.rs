//! Text, bytes, arrays, JSON, and types of the application's own.

use fieldseal::{Decode, Encode, Json};
use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Value, often, values};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::round_trip) struct Form {
    answers: Vec<(String, i64)>,
    score: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub(in crate::round_trip) enum State {
    New,
    InReview,
    #[encrypted(rename = "closed for good")]
    Done,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(in crate::round_trip) struct Email(pub(in crate::round_trip) String);

/// Checks what it holds.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[encrypted(try_from)]
pub(in crate::round_trip) struct Share(i16);

impl TryFrom<i16> for Share {
    type Error = &'static str;

    fn try_from(percent: i16) -> Result<Self, Self::Error> {
        if (0..=100).contains(&percent) { Ok(Self(percent)) } else { Err("not 0 to 100") }
    }
}

/// Of another crate: it implements none of fieldseal's traits.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::round_trip) struct Alias(pub(in crate::round_trip) String);

impl From<String> for Alias {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Alias> for String {
    fn from(alias: Alias) -> Self {
        alias.0
    }
}

impl Value for Alias {
    fn any() -> BoxedStrategy<Self> {
        text().prop_map(Self).boxed()
    }

    fn edges() -> Vec<Self> {
        texts().map(Self).collect()
    }

    fn is(&self, written: &Self) -> bool {
        self == written
    }

    fn plaintext(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }
}

/// Empty, with NUL bytes, beyond the basic plane, written from right to left, not in normal form, like SQL, and long.
fn texts() -> impl Iterator<Item = String> {
    let short = [
        "",
        "\0",
        "a\0b",
        "👩‍👩‍👧‍👦 🇩🇪 \u{10FFFF}",
        "שלום \u{202E}abc",
        "e\u{301}\u{FEFF}",
        "'; DROP TABLE must; -- hunter2",
    ];
    short.map(str::to_owned).into_iter().chain(["§".repeat(500)])
}

/// Made of characters: a regular expression would be parsed for each value.
fn text() -> BoxedStrategy<String> {
    let any = proptest::collection::vec(any::<char>(), 0..24);
    let readable = proptest::collection::vec(proptest::char::range(' ', '~'), 8..40);
    let made = prop_oneof![any, readable].prop_map(String::from_iter);
    often(texts().collect(), made)
}

fn blobs() -> impl Iterator<Item = Vec<u8>> {
    [vec![], vec![0], vec![0x80, 0, 0], vec![0xF5, 1], (0..=u8::MAX).collect(), vec![0xA5; 1_000]].into_iter()
}

fn blob() -> BoxedStrategy<Vec<u8>> {
    often(blobs().collect(), any::<Vec<u8>>())
}

fn arrays() -> [Vec<String>; 4] {
    [vec![], vec![String::new()], texts().collect(), vec!["x".to_owned(); 300]]
}

fn form() -> impl Strategy<Value = Form> {
    let score = proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO;
    let answers = proptest::collection::vec((text(), any::<i64>()), 0..4);
    (answers, proptest::option::of(score)).prop_map(|(answers, score)| Form { answers, score })
}

fn forms() -> [Json<Form>; 3] {
    let all = Form { answers: texts().map(|text| (text, i64::MIN)).collect(), score: Some(0.1) };
    [Json(Form { answers: vec![], score: None }), Json(Form { answers: vec![], score: Some(f64::MAX) }), Json(all)]
}

values! {
    String: text(), texts().collect::<Vec<_>>();
    Vec<u8>: blob(), blobs().collect::<Vec<_>>();
    [u8; 9]: any::<[u8; 9]>(), [[0; 9], [0xFF; 9]];
    SecretString: text().prop_map(Self::from), texts().map(Self::from).collect::<Vec<_>>(),
        |read, written| read.expose_secret() == written.expose_secret();
    SecretSlice<u8>: blob().prop_map(Self::from), blobs().map(Self::from).collect::<Vec<_>>(),
        |read, written| read.expose_secret() == written.expose_secret();
    Zeroizing<String>: text().prop_map(Self::new), texts().map(Self::new).collect::<Vec<_>>();
    Vec<String>: proptest::collection::vec(text(), 0..4), arrays();
    Vec<Option<String>>: proptest::collection::vec(proptest::option::of(text()), 0..4),
        [vec![], vec![None], vec![Some(String::new()), None], texts().map(Some).collect()];
    Json<Form>: form().prop_map(Json), forms(), |read, written| read.0 == written.0;
    State: proptest::sample::select(vec![Self::New, Self::InReview, Self::Done]), [Self::New, Self::InReview, Self::Done];
    Email: text().prop_map(Self), texts().map(Self).collect::<Vec<_>>();
    Share: (0..=100_i16).prop_map(Self), [Self(0), Self(100)];
}
