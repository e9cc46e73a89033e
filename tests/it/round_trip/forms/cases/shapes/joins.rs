//! Views of joins.

use fieldseal::Session;

use super::writes::insert;
use super::*;

/// Two persons, the first of whom visits twice.
async fn fill(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> ([Person; 2], [Visit; 2]) {
    let persons = [1, 2].map(|id| Person::draw(id, draw));
    insert(conn, tenant, &persons).await;
    let visits = [1, 2].map(|id| {
        let (reason, fee) = (draw.one(), draw.there().then(|| draw.one()));
        Visit { id, tenant_id: TENANT, person_id: PersonId(1), reason, fee }
    });
    for visit in &visits {
        let sealed = tenant.seal(visit).unwrap();
        go!(diesel::insert_into(visits::table).values(sealed).execute(conn)).unwrap();
    }
    (persons, visits)
}

pub(super) async fn viewed(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let ([person, _], visits) = fill(conn, tenant, draw).await;
    let columns = (visits::id, persons::id, visits::reason, persons::email, persons::notes, persons::intake);
    let query = visits::table.inner_join(persons::table).order(visits::id).select(columns);
    let rows: Vec<SealedVisitView> = go!(query.load(conn)).unwrap();
    let wanted = visits.clone().map(|visit| VisitView {
        visit_id: visit.id,
        person_id: PersonId(1),
        reason: visit.reason,
        email: person.email.clone(),
        notes: person.notes.clone(),
        intake: person.intake.clone(),
    });
    assert_eq!(tenant.open(rows).unwrap(), wanted);
    Written { model: Visit::SCHEMA, plaintexts: visits.map(|visit| visit.reason).into() }
}

pub(super) async fn left_joined(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let (persons, [first, second]) = fill(conn, tenant, draw).await;
    let columns =
        (persons::id, visits::id.nullable(), persons::email, visits::reason.nullable(), visits::fee.nullable());
    let query = persons::table.left_join(visits::table).order((persons::id, visits::id)).select(columns);
    let rows: Vec<SealedPersonView> = go!(query.load(conn)).unwrap();
    let view = |person: &Person, visit: Option<&Visit>| PersonView {
        person_id: person.id,
        visit_id: visit.map(|visit| visit.id),
        email: person.email.clone(),
        reason: visit.map(|visit| visit.reason.clone()),
        fee: visit.and_then(|visit| visit.fee),
    };
    let wanted = [view(&persons[0], Some(&first)), view(&persons[0], Some(&second)), view(&persons[1], None)];
    assert_eq!(tenant.open(rows).unwrap(), wanted);

    let select = (SealedPerson::as_select(), Option::<SealedVisit>::as_select());
    let query = persons::table.left_join(visits::table).order((persons::id, visits::id)).select(select);
    let rows: Vec<(SealedPerson, Option<SealedVisit>)> = go!(query.load(conn)).unwrap();
    let [one, two] = persons;
    let wanted = [(one.clone(), Some(first)), (one.clone(), Some(second)), (two, None)];
    assert_eq!(tenant.open(rows).unwrap(), wanted);
    one.written()
}
