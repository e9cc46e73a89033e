//! Columns: what they refuse, that errors hold no value, and the way back.

use super::live::{Live, on_both};
use crate::support::watch::public::permit;

const MARKER: &str = "Erika Mustermann, Heidestr. 17, 51147 Koeln, and so on to be long enough for a cell";

fn insert(email: &str, term: &str) -> String {
    format!("INSERT INTO clients (id, firm_id, name, email, email_term) VALUES (1, 10, 'a', {email}, {term})")
}

#[test]
fn plaintext_and_cells_of_other_kinds_are_refused_without_a_value() {
    let refused = [MARKER.as_bytes(), &[0xF5; 41], &[1], &[1; 22]];
    let _permits = refused.map(|bytes| permit("a guard refuses it", bytes));
    on_both(|live| {
        let short = live.blob(&[0xF5; 41]);
        let (empty, marker) = (live.blob(b""), live.blob(MARKER.as_bytes()));
        for email in ["<c:1>", "<d:1>", "<t:1>", &short, &empty, &marker] {
            let error = live.refused(&insert(email, "<t:1>"));
            assert!(error.contains("_cell"), "{error}");
            assert!(!error.contains("Erika") && !error.contains(&hex::encode("Erika")), "{error}");
        }
        for term in [&live.blob(&[1]), &live.blob(&[1; 22]), &marker, &empty] {
            let error = live.refused(&insert("<r:1>", term));
            assert!(error.contains("_shape"), "{error}");
            assert!(!error.contains("Erika") && !error.contains("f501"), "{error}");
        }
        live.run(&insert("<r:1>", "<t:1>")).unwrap();
        let error = live.refused(&format!("UPDATE clients SET notes = {marker}"));
        assert!(error.contains("_cell") && !error.contains("Erika"), "{error}");
        let error = live.refused("UPDATE clients SET tax = <c:1>");
        assert!(error.contains("_cell"), "{error}");
    });
}

#[test]
fn text_is_refused_as_text_too() {
    let mut sqlite = Live::sqlite();
    let text = "x".repeat(60);
    let _permits = [text.as_str(), MARKER].map(|text| permit("a guard refuses it", text));
    let cell = format!("'{text}'");
    assert!(sqlite.refused(&insert(&cell, "<t:1>")).contains("clients_email_cell"));
    let mut postgres = Live::postgres();
    let error = postgres.refused(&insert(&format!("'{MARKER}'"), "<t:1>"));
    assert!(error.contains("fieldseal_text_cell") && !error.contains("Erika"), "{error}");
}

#[test]
fn the_shortest_cells_and_terms_fit() {
    on_both(|live| {
        let mut shortest = vec![0xF5, 1];
        shortest.resize(42, 0);
        let (cell, short, long) = (live.blob(&shortest), live.blob(&[1; 2]), live.blob(&[1; 21]));
        live.run(&insert(&cell, &short)).unwrap();
        live.run(&format!("UPDATE clients SET email_term = {long}")).unwrap();
        shortest.truncate(18);
        shortest[0] = 0xF7;
        let cell = live.blob(&shortest);
        live.run(&format!("UPDATE clients SET tax = {cell}, city = NULL, city_term = NULL")).unwrap();
    });
}

#[test]
fn terms_are_unique_within_a_firm_and_global_ones_everywhere() {
    on_both(|live| {
        live.run(&insert("<r:1>", "<t:1>")).unwrap();
        let client = |id, firm, name, terms| {
            format!(
                "INSERT INTO clients (id, firm_id, name, email, email_term, login_term) VALUES ({id}, {firm}, '{name}', <r:{id}>, {terms})"
            )
        };
        assert!(live.refused(&client(2, 10, "b", "<t:1>, NULL")).to_lowercase().contains("unique"));
        live.run(&client(2, 20, "b", "<t:1>, <t:7>")).unwrap();
        assert!(live.refused(&client(3, 30, "c", "<t:3>, <t:7>")).to_lowercase().contains("unique"));
        live.run("UPDATE clients SET city_term = <t:9>").unwrap();
    });
}

#[test]
fn the_way_back_leaves_nothing_and_can_be_gone_again() {
    on_both(|live| {
        let migration = live.migration();
        for _ in 0..2 {
            live.run(&migration.down).unwrap();
            live.run(
                "INSERT INTO clients VALUES (1, 10, 'a'); UPDATE clients SET id = 2, firm_id = 3; DELETE FROM clients",
            )
            .unwrap();
            if let Live::Postgres { .. } = live {
                let left = "SELECT count(*) FROM pg_type WHERE typname LIKE 'fieldseal%'";
                assert_eq!(live.number(left), 0);
                let left = "SELECT count(*) FROM pg_proc WHERE proname LIKE '%fieldseal%'";
                assert_eq!(live.number(left), 0);
            }
            live.run(&migration.up).unwrap();
        }
    });
}

#[test]
fn the_way_back_leaves_domains_that_others_use() {
    let mut live = Live::postgres();
    live.run("CREATE TABLE elsewhere (email fieldseal_text)").unwrap();
    let down = live.migration().down;
    live.run(&down).unwrap();
    assert_eq!(live.number("SELECT count(*) FROM pg_type WHERE typname = 'fieldseal_text'"), 1);
    assert_eq!(live.number("SELECT count(*) FROM pg_type WHERE typname LIKE 'fieldseal%'"), 1);
}
