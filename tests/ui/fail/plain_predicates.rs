#[path = "../common.rs"]
mod common;
use common::*;

fn equality() {
    clients::table.filter(clients::email.eq("a@b.c"));
}

fn equality_of_terms() {
    clients::table.filter(clients::email_term.eq("a@b.c"));
}

fn like() {
    clients::table.filter(clients::email.like("a%"));
}

fn a_cell_as_a_term() {
    clients::table.filter(clients::email.eq(clients::email_term));
}

fn cells_of_other_forms() {
    clients::table.filter(clients::email.eq(clients::visits));
}

fn maximum() {
    clients::table.select(diesel::dsl::max(clients::visits));
}

fn main() {}
