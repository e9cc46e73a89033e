//! Ambient models, in a session's scope.

use fieldseal::Session;

use super::writes::load;
use super::*;

pub(super) async fn models(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let (first, second, new) = (Person::draw(1, draw), Person::draw(2, draw), Person::draw(2, draw));
    let ambient = AmbientPerson::from(first.clone());
    scoped!(tenant, diesel::insert_into(persons::table).values(&ambient).execute(conn)).unwrap();
    let ambient = AmbientPerson::from(second);
    scoped!(tenant, diesel::insert_into(persons::table).values(ambient).execute(conn)).unwrap();
    let ambient = AmbientPerson::from(new.clone());
    scoped!(tenant, diesel::update(persons::table.find(2)).set(&ambient).execute(conn)).unwrap();

    let query = || persons::table.order(persons::id).select(AmbientPerson::as_select());
    let rows: Vec<AmbientPerson> = scoped!(tenant, query().load(conn)).unwrap();
    assert_eq!(rows, [AmbientPerson::from(first.clone()), ambient]);
    let by_email = || query().filter(Person::email().scoped_eq(&*new.email));
    let rows: Vec<AmbientPerson> = scoped!(tenant, by_email().load(conn)).unwrap();
    assert_eq!(rows.last().map(|row| row.id), Some(new.id));
    // What an ambient struct wrote, an explicit one reads.
    assert_eq!(load(conn, tenant).await, [first, new.clone()]);
    new.written()
}

pub(super) async fn cells(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let (old, new) = (Person::draw(1, draw), Person::draw(1, draw));
    let ambient = AmbientPerson::from(old.clone());
    scoped!(tenant, diesel::insert_into(persons::table).values(&ambient).execute(conn)).unwrap();
    let row = || diesel::update(persons::table.find(1));
    let notes = draw.there().then(|| new.notes.clone());
    let patch = || {
        let notes = notes.as_ref().map(Option::as_deref);
        AmbientPatch { email: &new.email, notes }.for_row(PersonId(1))
    };
    scoped!(tenant, row().set(patch()).execute(conn)).unwrap();
    let phone = || Person::phone().scoped_set(PersonId(1), new.phone.clone());
    scoped!(tenant, row().set(phone()).execute(conn)).unwrap();
    let scan = || persons::scan.eq(Person::scan().scoped_seal(&PersonId(1), &*new.scan).unwrap());
    scoped!(tenant, row().set(scan()).execute(conn)).unwrap();

    let wanted = Person {
        email: new.email.clone(),
        notes: notes.clone().unwrap_or(old.notes.clone()),
        phone: new.phone.clone(),
        scan: new.scan.clone(),
        ..old
    };
    let cell = go!(persons::table.select(Person::phone().cell()).first(conn)).unwrap();
    assert_eq!(tenant.scope_sync(|| Person::phone().scoped_open(cell)).unwrap(), wanted.phone);
    super::cells::assert_found(conn, tenant, &wanted).await;
    let by_email =
        || persons::table.filter(Person::email().scoped_eq(&*wanted.email)).select(AmbientPerson::as_select());
    let found: AmbientPerson = scoped!(tenant, by_email().first(conn)).unwrap();
    assert_eq!(found, AmbientPerson::from(wanted.clone()));
    wanted.written()
}
