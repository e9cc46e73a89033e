//! Inserts, patches and upserts.

use diesel::upsert::excluded;
use fieldseal::Session;

use super::*;

/// Inserts persons, and loads what is in the table.
pub(super) async fn insert(conn: &mut Conn, tenant: &Session, persons: &[Person]) {
    for person in persons {
        let sealed = tenant.seal(person).unwrap();
        go!(diesel::insert_into(persons::table).values(sealed).execute(conn)).unwrap();
    }
}

pub(super) async fn load(conn: &mut Conn, tenant: &Session) -> Vec<Person> {
    let query = persons::table.order(persons::id).select(SealedPerson::as_select());
    tenant.open(go!(query.load(conn)).unwrap()).unwrap()
}

pub(super) async fn borrowed(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let person = Person::draw(1, draw);
    let tags: Vec<_> = person.tags.iter().map(Option::as_deref).collect();
    let new = NewPerson {
        id: &person.id,
        tenant_id: &person.tenant_id,
        visits_now: person.visits_now,
        email: &person.email,
        phone: person.phone.as_deref().map(Into::into),
        notes: person.notes.as_deref(),
        scan: &person.scan,
        intake: &person.intake,
        visits: &person.visits,
        tax_id: (&*person.tax_id).into(),
        tags: &tags,
    };
    let sealed = tenant.seal(&new).unwrap();
    go!(diesel::insert_into(persons::table).values(sealed).execute(conn)).unwrap();
    assert_eq!(load(conn, tenant).await, std::slice::from_ref(&person));
    person.written()
}

pub(super) async fn patched(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let (old, other, new) = (Person::draw(1, draw), Person::draw(2, draw), Person::draw(1, draw));
    insert(conn, tenant, &[old.clone(), other.clone()]).await;
    let patch = PersonPatch {
        visits_now: new.visits_now,
        email: draw.there().then_some(&new.email),
        phone: draw.there().then_some(new.phone.as_deref()),
        notes: draw.there().then_some(new.notes.clone()),
        scan: draw.there().then_some(&new.scan),
        intake: draw.there().then_some(&new.intake),
        visits: draw.there().then_some(-5),
        tax_id: draw.there().then_some(&new.tax_id),
        tags: draw.there().then_some(&new.tags),
    };
    let sealed = tenant.seal_for(PersonId(1), &patch).unwrap();
    assert_eq!(go!(diesel::update(persons::table.find(1)).set(sealed).execute(conn)), Ok(1));
    let wanted = Person {
        visits_now: new.visits_now,
        email: patch.email.map_or(old.email, ToOwned::to_owned),
        phone: patch.phone.map_or(old.phone, |phone| phone.map(ToOwned::to_owned)),
        notes: patch.notes.unwrap_or(old.notes),
        scan: patch.scan.map_or(old.scan, ToOwned::to_owned),
        intake: patch.intake.map_or(old.intake, ToOwned::to_owned),
        visits: patch.visits.map_or(old.visits, i64::from),
        tax_id: patch.tax_id.map_or(old.tax_id, ToOwned::to_owned),
        tags: patch.tags.map_or(old.tags, ToOwned::to_owned),
        ..new
    };
    assert_eq!(load(conn, tenant).await, [wanted.clone(), other]);
    cells::assert_found(conn, tenant, &wanted).await;
    wanted.written()
}

pub(super) async fn parted(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let mut holder = |id| {
        let contact = Contact { email: draw.one(), phone: draw.there().then(|| draw.one()) };
        Holder { id, tenant_id: TENANT, contact, pin: draw.one() }
    };
    let (old, new) = (holder(1), holder(1));
    let sealed = tenant.seal(&old).unwrap();
    go!(diesel::insert_into(holders::table).values(sealed).execute(conn)).unwrap();
    let query = || holders::table.select(SealedHolder::as_select());
    assert_eq!(tenant.open(go!(query().first(conn)).unwrap()).unwrap(), old);

    let patch = HolderPatch { contact: draw.there().then(|| new.contact.clone()), pin: new.pin.clone() };
    let sealed = tenant.seal_for(1, &patch).unwrap();
    assert_eq!(go!(diesel::update(holders::table.find(1)).set(sealed).execute(conn)), Ok(1));
    // `None` within the part leaves the column as it is, as in every patch.
    let phone = |contact: &Contact| contact.phone.clone().or(old.contact.phone.clone());
    let contact = patch.contact.map(|contact| Contact { phone: phone(&contact), ..contact });
    let wanted = Holder { contact: contact.unwrap_or(old.contact.clone()), ..new };
    let by_email = query().filter(Contact::email().eq(tenant, &*wanted.contact.email).unwrap());
    assert_eq!(tenant.open(go!(by_email.first(conn)).unwrap()).unwrap(), wanted);
    let plaintexts = [Some(wanted.contact.email), wanted.contact.phone, Some(wanted.pin)];
    Written { model: Holder::SCHEMA, plaintexts: plaintexts.into_iter().flatten().collect() }
}

pub(super) async fn upserted(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let (old, new) = (Person::draw(1, draw), Person::draw(1, draw));
    for person in [&old, &new] {
        let sealed = tenant.seal(person).unwrap();
        let set = (
            persons::email.eq(excluded(persons::email)),
            persons::email_term.eq(excluded(persons::email_term)),
            persons::notes.eq(excluded(persons::notes)),
            persons::scan.eq(excluded(persons::scan)),
        );
        let conn = &mut *conn;
        upsert!(
            conn,
            diesel::insert_into(persons::table)
                .values(sealed)
                .on_conflict(persons::id)
                .do_update()
                .set(set)
                .execute(conn)
        )
        .unwrap();
    }
    let wanted = Person { email: new.email, notes: new.notes, scan: new.scan, ..old };
    let by_email = persons::table.filter(Person::email().eq(tenant, &*wanted.email).unwrap());
    let row = go!(by_email.select(SealedPerson::as_select()).first(conn)).unwrap();
    assert_eq!(tenant.open(row).unwrap(), wanted);
    wanted.written()
}
