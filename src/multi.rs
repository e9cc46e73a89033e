//! One enum over several connection types, by Diesel's `MultiConnection`, that also knows sealed columns.

/// Declares an enum of Diesel connections that sealed models are used over: `diesel::MultiConnection` and what fieldseal
/// adds to it, in one line.
///
/// Diesel's derive makes a backend type of its own, `MultiBackend`, in the module of the enum, and that backend knows
/// Diesel's SQL types only. This macro derives `diesel::MultiConnection` for the enum and tells its backend of sealed columns and
/// term columns, of every stored form. Twins, forms and column handles then work as over one backend's connection, and so
/// does [`Vault::check_schema`](crate::Vault::check_schema).
///
/// Attributes, also `#[cfg(…)]` on variants, documentation and visibility are kept. Turn on fieldseal's feature
/// (`postgres`, `sqlite`, `mysql`) for each variant. `Array` is no type of `MultiBackend`, sealed or not: SQLite and
/// MySQL have none.
///
/// What Diesel leaves out for `MultiConnection` is left out here too: `on_conflict`; `as_returning`; and, where SQLite is
/// one of the variants, inserts of many rows at once. Insert row by row in a transaction, or match on the enum and use the
/// connection within: a twin goes into every arm.
///
/// # Examples
/// ```
/// use diesel::prelude::*;
/// use fieldseal::Encrypted;
///
/// fieldseal::multi_connection!(pub enum AnyConnection { Postgres(PgConnection), Sqlite(SqliteConnection) });
///
/// diesel::table! {
///     use diesel::sql_types::*;
///     use fieldseal::schema_types::*;
///     users (id) { id -> Text, email -> FieldsealText, email_term -> FieldsealTextTerm, }
/// }
///
/// #[derive(Encrypted)]
/// #[diesel(table_name = users)]
/// #[encrypted(firm = platform, derive(Insertable, Queryable, Selectable))]
/// struct User {
///     id: String,
///     #[encrypted(index(email_term, normalize = email))]
///     email: String,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use diesel::connection::SimpleConnection;
/// # use fieldseal::schema::{Backend, migration};
/// let vault = fieldseal::testing::vault();
/// let session = vault.blocking().platform()?;
/// let mut conn = AnyConnection::establish(":memory:")?;
/// # let AnyConnection::Sqlite(sqlite) = &mut conn else { panic!("SQLite is expected") };
/// # sqlite.batch_execute("CREATE TABLE users (id TEXT PRIMARY KEY)")?;
/// # sqlite.batch_execute(&migration::<User>(Backend::Sqlite).up)?;
/// vault.register::<User>()?;
/// vault.check_schema(&mut conn)?;
///
/// let user = User { id: "u1".into(), email: "ada@example.org".into() };
/// diesel::insert_into(users::table).values(session.seal(&user)?).execute(&mut conn)?;
/// let found = users::table
///     .filter(User::email().eq(&session, "Ada@Example.org")?)
///     .select(SealedUser::as_select())
///     .first(&mut conn)?;
/// assert_eq!(session.open(found)?.email, "ada@example.org");
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! multi_connection {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$of_variant:meta])* $variant:ident($connection:ty)),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive($crate::__private::diesel::MultiConnection)]
        $visibility enum $name {
            $($(#[$of_variant])* $variant($connection)),+
        }

        $crate::multi_connection!(@knows Encrypted);
        $crate::multi_connection!(@knows BlindIndexed);

        $crate::multi_connection!(@speaks WhichDatabase);
        $crate::multi_connection!(@speaks Word);

        impl $crate::schema::SchemaBackend for MultiBackend {
            fn database<C>(
                conn: &mut C,
            ) -> $crate::__private::diesel::QueryResult<::core::option::Option<$crate::schema::Backend>>
            where
                C: $crate::__private::diesel::connection::LoadConnection<Backend = Self>,
            {
                $crate::__private::WhichDatabase::ask(conn)
            }

            fn load<C>(
                conn: &mut C,
                query: ::std::string::String,
            ) -> $crate::__private::diesel::QueryResult<::std::vec::Vec<$crate::__private::Fact>>
            where
                C: $crate::__private::diesel::connection::LoadConnection<Backend = Self>,
            {
                $crate::__private::diesel::RunQueryDsl::load($crate::__private::diesel::sql_query(query), conn)
            }
        }
    };
    (@knows $sql_type:ident) => {
        impl<Form: 'static> $crate::__private::diesel::sql_types::HasSqlType<$crate::sql_types::$sql_type<Form>>
            for MultiBackend
        {
            fn metadata(
                lookup: &mut <Self as $crate::__private::diesel::sql_types::TypeMetadata>::MetadataLookup,
            ) -> <Self as $crate::__private::diesel::sql_types::TypeMetadata>::TypeMetadata {
                Self::lookup_sql_type::<$crate::sql_types::$sql_type<Form>>(lookup)
            }
        }
    };
    (@speaks $fragment:ident) => {
        impl $crate::__private::diesel::query_builder::QueryFragment<MultiBackend> for $crate::__private::$fragment {
            fn walk_ast<'b>(
                &'b self,
                pass: $crate::__private::diesel::query_builder::AstPass<'_, 'b, MultiBackend>,
            ) -> $crate::__private::diesel::QueryResult<()> {
                MultiBackend::walk_variant_ast(self, pass)
            }
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected an enum of connections: `fieldseal::multi_connection!(pub enum AnyConnection { \
             Postgres(PgConnection), Sqlite(SqliteConnection) });`"
        );
    };
}
