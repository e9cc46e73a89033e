#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Client {
    id: String,
    firm_id: String,
    name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: String,
    #[encrypted]
    notes: Option<String>,
}

#[allow(dead_code, reason = "not every page needs it")]
fn ada() -> Client {
    let (id, firm_id, name) = ("c1".to_owned(), "acme".to_owned(), "Ada".to_owned());
    Client { id, firm_id, name, email: "Ada@example.org".to_owned(), notes: None }
}
