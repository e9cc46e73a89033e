//! `embed` of structs without sealed fields.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::secret;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    people (id) {
        id -> BigInt,
        firm_id -> Text,
        street -> Text,
        town -> Nullable<Text>,
        created -> BigInt,
        name -> FieldsealText,
        name_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    pets (person_id) {
        person_id -> BigInt,
        kind -> Text,
    }
}

diesel::joinable!(pets -> people (person_id));
diesel::allow_tables_to_appear_in_same_query!(people, pets);

#[derive(Debug, Clone, PartialEq, Insertable, Queryable, Selectable, QueryableByName, AsChangeset)]
#[diesel(table_name = people)]
struct Address {
    street: String,
    town: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Insertable, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = people)]
struct Stamp {
    created: i64,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, QueryableByName, AsChangeset, Identifiable))]
struct Person {
    id: i64,
    firm_id: String,
    #[diesel(embed)]
    address: Address,
    #[diesel(embed, skip_update)]
    stamp: Stamp,
    #[encrypted(index(name_term, normalize = casefold))]
    name: String,
}

/// A struct of one's own is embedded in forms too, borrowed or as an `Option`.
#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = Person, derive(AsChangeset))]
struct PersonPatch {
    #[diesel(embed)]
    address: Option<Address>,
    #[encrypted(index(name_term))]
    name: Option<String>,
}

/// A view that embeds a struct of another table, there or not.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = Person, firm = firm_id, derive(Queryable, Selectable))]
struct PersonView {
    id: i64,
    firm_id: String,
    #[encrypted(index(name_term))]
    name: String,
    #[diesel(embed)]
    pet: Option<Pet>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = pets)]
struct Pet {
    kind: String,
}

fn tables(backend: Backend) -> String {
    let plain = "CREATE TABLE people (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, street TEXT NOT NULL, town TEXT, \
                 created BIGINT NOT NULL); \
                 CREATE TABLE pets (person_id BIGINT PRIMARY KEY, kind TEXT NOT NULL)";
    super::tables::<Person>(backend, plain)
}

fn person(id: i64) -> Person {
    let address = Address { street: format!("street {id}"), town: Some("town".into()) };
    Person { id, firm_id: "acme".into(), address, stamp: Stamp { created: id }, name: secret(format!("name {id}")) }
}

macro_rules! stored {
    ($conn:expr, $session:expr, $id:expr) => {{
        let row = people::table.find($id).select(SealedPerson::as_select()).first($conn).unwrap();
        $session.open(row).unwrap()
    }};
}

on_both! {
    fn embedded_structs_are_written_and_read(conn, session) of tables {
        let sealed = session.seal(&[person(1), person(2)][..]).unwrap();
        diesel::insert_into(people::table).values(&sealed).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 2), person(2));
        let by_name: Vec<SealedPerson> = diesel::sql_query("SELECT * FROM people ORDER BY id").load(conn).unwrap();
        assert_eq!(session.open(by_name).unwrap(), [person(1), person(2)]);

        let moved = Person {
            address: Address { street: "elsewhere".into(), town: None },
            stamp: Stamp { created: 99 },
            name: secret("renamed"),
            ..person(1)
        };
        let twin = session.seal(&moved).unwrap();
        diesel::update(&twin).set(&twin).execute(conn).unwrap();
        // `None` leaves the town, and the stamp is never updated.
        let address = Address { town: Some("town".into()), ..moved.address.clone() };
        assert_eq!(stored!(conn, session, 1), Person { address, stamp: Stamp { created: 1 }, ..moved });
    }

    fn a_view_embeds_a_struct_of_a_left_join(conn, session) of tables {
        let sealed = session.seal(&[person(1), person(2)][..]).unwrap();
        diesel::insert_into(people::table).values(&sealed).execute(conn).unwrap();
        diesel::insert_into(pets::table).values((pets::person_id.eq(2), pets::kind.eq("cat"))).execute(conn).unwrap();
        let query = people::table.left_join(pets::table).order(people::id).select(SealedPersonView::as_select());
        let view = |id, pet| PersonView { id, firm_id: "acme".into(), name: person(id).name, pet };
        let wanted = [view(1, None), view(2, Some(Pet { kind: "cat".into() }))];
        assert_eq!(session.open(query.load(conn).unwrap()).unwrap(), wanted);
    }

    fn a_patch_embeds_a_struct_or_none(conn, session) of tables {
        diesel::insert_into(people::table).values(session.seal(&person(1)).unwrap()).execute(conn).unwrap();
        let address = Address { street: "new".into(), town: Some("new".into()) };
        let patch = PersonPatch { address: Some(address.clone()), name: None };
        let patch = session.seal_for(1, &patch).unwrap();
        diesel::update(people::table.find(1)).set(&patch).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 1), Person { address: address.clone(), ..person(1) });
        let patch = session.seal_for(1, &PersonPatch { address: None, name: Some(secret("new")) }).unwrap();
        diesel::update(people::table.find(1)).set(patch).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 1), Person { address, name: secret("new"), ..person(1) });
    }
}
