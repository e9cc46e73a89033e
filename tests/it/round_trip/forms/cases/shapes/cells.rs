//! Single cells, and lookups.

use fieldseal::Session;

use super::writes::{insert, load};
use super::*;

/// Sets one column of a row by its handle.
macro_rules! set {
    ($conn:expr, $tenant:expr, $name:ident, $value:expr) => {{
        let change = Person::$name().set($tenant, PersonId(1), $value).unwrap();
        assert_eq!(go!(diesel::update(persons::table.find(1)).set(change).execute($conn)), Ok(1));
    }};
}

/// Opens one column of a row by its handle.
macro_rules! opened {
    ($conn:expr, $tenant:expr, $name:ident) => {{
        let cell = go!(persons::table.find(1).select(Person::$name().cell()).first($conn)).unwrap();
        Person::$name().open($tenant, cell).unwrap()
    }};
}

pub(super) async fn handled(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let (old, other, new) = (Person::draw(1, draw), Person::draw(2, draw), Person::draw(1, draw));
    let new = Person { visits_now: old.visits_now, ..new };
    insert(conn, tenant, &[old, other.clone()]).await;
    set!(conn, tenant, email, &*new.email);
    set!(conn, tenant, phone, new.phone.clone());
    set!(conn, tenant, notes, new.notes.as_deref());
    set!(conn, tenant, scan, &*new.scan);
    set!(conn, tenant, intake, fieldseal::Json(new.intake.clone()));
    set!(conn, tenant, visits, new.visits);
    set!(conn, tenant, tags, &*new.tags);
    // A sealed cell by itself, where Diesel assigns it.
    let cell = Person::tax_id().seal(tenant, &PersonId(1), &*new.tax_id).unwrap();
    go!(diesel::update(persons::table.find(1)).set(persons::tax_id.eq(cell)).execute(conn)).unwrap();

    assert_eq!(opened!(conn, tenant, email), new.email);
    assert_eq!(opened!(conn, tenant, phone), new.phone);
    assert_eq!(opened!(conn, tenant, notes), new.notes);
    assert_eq!(opened!(conn, tenant, scan), new.scan);
    assert_eq!(opened!(conn, tenant, intake).0, new.intake);
    assert_eq!(opened!(conn, tenant, visits), new.visits);
    assert_eq!(opened!(conn, tenant, tags), new.tags);
    assert_eq!(opened!(conn, tenant, tax_id), new.tax_id);
    assert_eq!(load(conn, tenant).await, [new.clone(), other]);
    assert_found(conn, tenant, &new).await;
    new.written()
}

/// The terms went with their cells: each index finds the person.
pub(super) async fn assert_found(conn: &mut Conn, tenant: &Session, person: &Person) {
    let by_email = persons::table.filter(Person::email().eq(tenant, &*person.email).unwrap());
    let found: Vec<i64> = go!(by_email.select(persons::id).load(conn)).unwrap();
    assert!(found.contains(&person.id.0), "not found by e-mail");
    let Some(phone) = &person.phone else { return };
    let found = by_phone(conn, tenant, phone, usize::MAX).await;
    assert!(found.contains(person), "not found by phone");
}

/// The first persons whose phone has these digits.
async fn by_phone(conn: &mut Conn, tenant: &Session, phone: &str, limit: usize) -> Vec<Person> {
    let finder = Person::phone().find(tenant, phone).unwrap().by(|row: &SealedPerson| row.id.0).limit(limit);
    let found = search!(finder, tenant, |page| {
        let query = persons::table.filter(page.candidates()).filter(page.after(persons::id)).order(persons::id);
        query.limit(page.size()).select(SealedPerson::as_select()).load(conn)
    });
    found.unwrap()
}

/// E-mails in spellings of the same, and phones that differ in their digits or do not.
pub(super) async fn looked_up(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let emails = ["Ada@Example.org", "ada@example.org ", "bob@example.org", "Straße@example.org"];
    let phones = [Some("555-1234"), Some("+5 551 234"), Some("555-1235"), Some("none"), None];
    let all: Vec<_> = (1..=6)
        .map(|id| {
            let email = draw.of(proptest::sample::select(emails.to_vec())).to_owned();
            let phone = draw.of(proptest::sample::select(phones.to_vec())).map(ToOwned::to_owned);
            Person { email, phone, ..Person::draw(id, draw) }
        })
        .collect();
    insert(conn, tenant, &all).await;
    for sought in emails {
        let same = |email: &str| email.trim().to_lowercase() == sought.trim().to_lowercase();
        let wanted: Vec<_> = all.iter().filter(|person| same(&person.email)).cloned().collect();
        let found = persons::table.filter(Person::email().eq(tenant, sought).unwrap());
        let rows = go!(found.order(persons::id).select(SealedPerson::as_select()).load(conn)).unwrap();
        assert_eq!(tenant.open(rows).unwrap(), wanted, "by {sought}");
    }
    for sought in phones.into_iter().flatten() {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let same = |phone: &Option<String>| phone.as_deref().is_some_and(|phone| digits(phone) == digits(sought));
        let wanted: Vec<_> = all.iter().filter(|person| same(&person.phone)).cloned().collect();
        let found = by_phone(conn, tenant, sought, 4).await;
        assert_eq!(found, &wanted[..wanted.len().min(4)], "by {sought}");
    }
    all[0].clone().written()
}
