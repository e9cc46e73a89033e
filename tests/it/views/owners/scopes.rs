//! Whose scope opens which cells: its own, and no others.

use super::*;
use crate::ambient::platform::alone;

#[test]
fn a_firms_scope_opens_no_cell_of_the_platform() {
    let mut world = World::new();
    world.acme.clone().scope_sync(|| {
        assert_eq!(code(world.file_first()), "open.wrong_firm");
        assert_eq!(code(world.notice_first()), "keys.no_platform");
    });
}

#[test]
fn the_platforms_scope_opens_no_cell_of_a_firm() {
    let mut world = World::new();
    world.platform.clone().scope_sync(|| {
        for error in [world.file_first().map(|_| ()).unwrap_err(), world.notice_first().map(|_| ()).unwrap_err()] {
            let error = fieldseal::Error::find(&error).unwrap();
            assert_eq!((error.code(), error.is_retryable()), ("open.firm_sort", false));
            let text = error.to_string();
            assert!(
                text.starts_with("a cell of `File` can't be firm platform's") && text.contains("a view of its own")
            );
        }
        assert_eq!(code(world.closed_first()), "open.firm_sort");
    });
}

/// The keys are those of the view's first cell.
#[test]
fn the_installed_platform_opens_no_cell_of_a_firm() {
    alone(module_path!(), "the_installed_platform_opens_no_cell_of_a_firm", || {
        let mut world = World::new();
        world.vault.install_platform().unwrap();
        world.acme.clone().scope_sync(|| {
            assert_eq!(code(world.notice_first()), "open.firm_sort");
            assert_eq!(code(world.file_first()), "open.wrong_firm");
            assert_eq!(code(world.closed_first()), "open.firm_sort");
        });
        assert_eq!(code(world.notice_first()), "open.firm_sort");
        assert_lost(world.file_first(), "File");
        Session::closed("acme").scope_sync(|| {
            assert_eq!(code(world.notice_first()), "keys.closed_session");
            assert_eq!(code(world.closed_first()), "keys.closed_session");
        });
    });
}

#[test]
fn two_firms_cells_in_one_view_open_in_neithers_scope() {
    let mut world = World::new();
    let conn = &mut world.conn;
    for session in [&world.acme, &world.bolt] {
        session.scope_sync(|| {
            let pair: QueryResult<Pair> = titles!(conn, 2i64);
            assert_eq!(code(pair.optional()), "open.unauthentic");
        });
    }
    let pair: Pair = world.acme.scope_sync(|| titles!(conn, 3i64)).unwrap();
    assert_eq!(pair, Pair { one: 1, other: 3, title: file(1).title, other_title: file(3).title });
}

#[test]
fn two_firms_rows_in_one_view_open_in_neithers_scope() {
    let mut world = World::new();
    let conn = &mut world.conn;
    for session in [&world.acme, &world.bolt] {
        session.scope_sync(|| {
            let pair: QueryResult<Rows> = rows!(conn, 2i64);
            assert_eq!(code(pair.optional()), "open.wrong_firm");
        });
    }
    let pair: Rows = world.acme.scope_sync(|| rows!(conn, 3i64)).unwrap();
    assert_eq!(pair, Rows { one: file(1), other: Some(file(3)) });
}
