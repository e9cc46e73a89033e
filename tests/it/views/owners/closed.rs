//! Cells that stay closed in a view: nothing beside them says whose they are.

use super::*;

/// Nothing in a view says whose a closed cell is: its own firm's session does.
#[test]
fn closed_cells_of_two_firms_are_each_opened_by_their_own() {
    let mut world = World::new();
    let conn = &mut world.conn;
    for session in [world.acme.clone(), Session::closed("acme"), world.bolt.clone()] {
        let pair: ClosedPair = session.scope_sync(|| titles!(conn, 2i64)).unwrap();
        assert_eq!((pair.one, pair.other), (1, 2));
        assert_eq!(pair.title.open(&world.acme).unwrap(), file(1).title);
        assert_eq!(pair.other_title.open(&world.bolt).unwrap(), file(2).title);
        assert_eq!(pair.title.open(&world.bolt).unwrap_err().code(), "open.unauthentic");
        assert_eq!(pair.other_title.open(&world.acme).unwrap_err().code(), "open.unauthentic");
        assert_eq!(pair.other_title.open(&Session::closed("bolt")).unwrap_err().code(), "keys.closed_session");
    }
}

/// Otherwise a view would carry a cell into a row of another firm that has the same key.
#[test]
fn a_closed_cell_of_a_view_is_saved_only_by_who_can_open_it() {
    let mut world = World::new();
    let pair: ClosedPair = world.acme.scope_sync(|| titles!(&mut world.conn, 2i64)).unwrap();
    let row = |firm: &str, id, title: &Protected<String>| ClosedFile {
        id,
        firm_id: firm.into(),
        notice_id: 1,
        title: title.clone(),
    };
    let (bolts, acmes) = (&pair.other_title, &pair.title);
    assert_eq!(world.acme.seal(&row("acme", 2, bolts)).unwrap_err().code(), "seal.moved");
    assert_eq!(Session::closed("acme").seal(&row("acme", 2, bolts)).unwrap_err().code(), "seal.moved");
    assert_eq!(Session::closed("acme").seal(&row("acme", 1, acmes)).unwrap_err().code(), "seal.moved");
    assert_eq!(world.acme.seal(&row("acme", 3, acmes)).unwrap_err().code(), "seal.moved");
    let update = |session: &Session, row: &ClosedFile, conn: &mut SqliteConnection| {
        session.scope_sync(|| diesel::update(files::table.find(row.id)).set(row).execute(conn))
    };
    assert_eq!(code(update(&world.acme, &row("acme", 2, bolts), &mut world.conn)), "seal.moved");
    update(&world.acme, &row("acme", 1, acmes), &mut world.conn).unwrap();
    update(&world.bolt, &row("bolt", 2, bolts), &mut world.conn).unwrap();
    let files = files::table.order(files::id).select(SealedFile::as_select()).load(&mut world.conn).unwrap();
    let opened: Vec<File> = world.vault.open(files).unwrap();
    assert_eq!(opened, [1, 2, 3].map(file));
}
