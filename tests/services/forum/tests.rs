mod at_rest;
mod local_users;
mod login;
mod messages;
mod persons;
mod registrations;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::bb8::PooledConnection;

use super::db::{self, DbPool};
use super::newtypes::{Email, PersonId};
use super::views::{LocalUserView, Registration};
use crate::support::postgres::{self, Database};

/// The service over a database of its own.
struct TestForum {
    pool: DbPool,
    _database: Database,
}

impl TestForum {
    async fn start() -> Self {
        crate::vault::installed();
        let database = postgres::server().database("forum");
        let forum = Self { pool: db::pool(&database.url(), 2).await.unwrap(), _database: database };
        db::migrate(&mut *forum.conn().await).await.unwrap();
        forum
    }

    async fn conn(&self) -> PooledConnection<'_, AsyncPgConnection> {
        self.pool.get().await.unwrap()
    }
}

fn email(address: &str) -> Email {
    Email::parse(address).unwrap()
}

fn registration<'a>(name: &'a str, address: Option<&str>) -> Registration<'a> {
    let answer = format!("I am {name} and like lemmings");
    let password_encrypted = format!("$argon2id$v=19${name}").as_str().into();
    Registration { name, password_encrypted, email: address.map(email), answer: answer.as_str().into() }
}

/// A user who waits for an administrator.
async fn register(conn: &mut AsyncPgConnection, name: &str, address: Option<&str>) -> LocalUserView {
    registration(name, address).submit(conn).await.unwrap()
}

async fn person(conn: &mut AsyncPgConnection, name: &str) -> PersonId {
    register(conn, name, None).await.person.id
}
