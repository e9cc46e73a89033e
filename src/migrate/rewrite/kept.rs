//! What of a table its successor has to have, as the statements that make it.

use tokio_postgres::{Client, Error};

use super::capture::IS_CAPTURE;
use super::shadow::{NAME, TABLE};
use crate::schema::Table;
use crate::schema::sql::ident;

/// What the catalogs say of a table that is to be written anew.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Columns that are copied.
    pub(super) columns: Vec<String>,
    /// The columns of the primary key, and their types.
    pub(super) key: Vec<(String, String)>,
    pub(super) unlogged: &'static str,
    /// `WITH (…) TABLESPACE …`, as far as there is any.
    pub(super) settings: String,
    /// Statements on single columns of the shadow.
    pub(super) of_columns: String,
    /// Indexes, keys, exclusions and foreign keys, to be made before the tables change places.
    pub(super) indexes: Vec<Made>,
    /// Statements on foreign keys of other tables, before the table goes.
    pub(super) before: Vec<String>,
    /// Statements once the shadow has the table's name, while the old table is there.
    pub(super) beside: Vec<String>,
    /// Statements once the old table is gone.
    pub(super) after: Vec<String>,
    /// Proofs that need no haste.
    pub(super) proofs: Vec<String>,
    schema: String,
}

/// An index or constraint, made under a name of its own first.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) name: String,
    /// It names [`TABLE`], and itself by [`NAME`].
    pub(super) sql: String,
    /// Whether it is, or has, an index whose name is the schema's.
    pub(super) is_index: bool,
    pub(super) part: Part,
}

/// When an index or constraint is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The primary key, as soon as the rows are there.
    Key,
    /// When what was captured meanwhile has been copied anew.
    Others,
}

impl Kept {
    /// Reads the catalogs. `without` are columns that the successor does not have.
    pub(super) async fn read(client: &Client, table: &str, without: &[&str]) -> Result<Self, Error> {
        let mut kept = Self::default();
        let row = client.query_one(FACTS, &[&table]).await?;
        kept.unlogged = if row.get::<_, bool>(0) { "UNLOGGED" } else { "" };
        (kept.settings, kept.schema) = (row.get(1), row.get(2));
        for row in client.query(COLUMNS, &[&table, &without]).await? {
            let (name, generated, key, ty): (String, bool, bool, String) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            kept.of_columns += &row.get::<_, String>(4).replace("@t@", TABLE);
            if key {
                kept.key.push((name.clone(), ty));
            }
            if !generated {
                kept.columns.push(name);
            }
        }
        for row in client.query(INDEXES, &[&table, &without]).await? {
            let sql: String = row.get(1);
            let sql = sql.replace("@t@", TABLE).replace("@n@", NAME);
            let part = if row.get(3) { Part::Key } else { Part::Others };
            kept.indexes.push(Made { name: row.get(0), sql, is_index: row.get(2), part });
        }
        let sql = STATEMENTS.replace("@capture@", IS_CAPTURE);
        for row in client.query(&sql, &[&table, &without]).await? {
            let (place, statement): (i32, String) = (row.get(0), row.get(1));
            match place {
                1 => kept.before.push(statement),
                2 => kept.beside.push(statement),
                3 => kept.after.push(statement),
                _ => kept.proofs.push(statement),
            }
        }
        Ok(kept)
    }

    /// The schema before a name that says none: functions that run as their owner look nowhere else.
    pub(super) fn schema_of(&self, table: &Table) -> String {
        if table.quoted().contains("\".\"") { String::new() } else { format!("{}.", ident(&self.schema)) }
    }
}

/// $1 the table.
const FACTS: &str = "
SELECT k.relpersistence = 'u',
    coalesce('WITH (' || nullif(concat_ws(', ', array_to_string(k.reloptions, ', '),
        (SELECT string_agg('toast.' || o, ', ') FROM unnest(x.reloptions) o)), '') || ')', '')
        || coalesce(' TABLESPACE ' || quote_ident(s.spcname), ''),
    n.nspname::text
FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace LEFT JOIN pg_class x ON x.oid = k.reltoastrelid
    LEFT JOIN pg_tablespace s ON s.oid = k.reltablespace WHERE k.oid = to_regclass($1)";

/// $1 the table, $2 columns that are left out. In the order of the table; the key's columns are the primary key's.
const COLUMNS: &str = "
SELECT a.attname::text, a.attgenerated <> '', coalesce(a.attnum = ANY (i.indkey::int2[]), false), format_type(a.atttypid, a.atttypmod),
    CASE WHEN (to_jsonb(a) ->> 'attstattarget')::int >= 0
        THEN format('ALTER TABLE @t@ ALTER COLUMN %I SET STATISTICS %s;', a.attname, to_jsonb(a) ->> 'attstattarget') ELSE '' END
    || CASE WHEN a.attoptions IS NOT NULL
        THEN format('ALTER TABLE @t@ ALTER COLUMN %I SET (%s);', a.attname, array_to_string(a.attoptions, ', ')) ELSE '' END
FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL ($2) ORDER BY a.attnum";

/// Indexes first, then what rests on them, then foreign keys.
const INDEXES: &str = "
WITH t AS (SELECT to_regclass($1)::oid AS oid), gone AS (
    SELECT a.attnum FROM pg_attribute a, t WHERE a.attrelid = t.oid AND a.attname = ANY ($2)),
made AS (
    SELECT 1 AS place, c.relname::text AS name, format('CREATE %sINDEX @n@ ON @t@ %s;',
            CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
            substr(pg_get_indexdef(c.oid), strpos(pg_get_indexdef(c.oid), ' USING ') + 1))
        || coalesce((SELECT format(' ALTER TABLE @t@ ADD CONSTRAINT @n@ %s USING INDEX @n@%s;',
            CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END,
            CASE WHEN k.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END)
            FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u') AND k.conrelid = i.indrelid), '') AS sql,
        true AS is_index, i.indisprimary AS is_key, c.oid
    FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisvalid AND NOT i.indisexclusion
        AND NOT EXISTS (SELECT FROM gone JOIN pg_depend d ON d.objid = c.oid AND d.refobjid = t.oid AND d.refobjsubid = gone.attnum)
        AND NOT EXISTS (SELECT FROM gone WHERE gone.attnum = ANY (i.indkey::int2[]))
    UNION ALL SELECT CASE contype WHEN 'x' THEN 2 ELSE 3 END, conname::text,
        format('ALTER TABLE @t@ ADD CONSTRAINT @n@ %s;', pg_get_constraintdef(k.oid)), contype = 'x', false, k.oid
    FROM t JOIN pg_constraint k ON k.conrelid = t.oid
    WHERE (contype = 'x' OR contype = 'f' AND confrelid <> t.oid) AND conparentid = 0
        AND NOT EXISTS (SELECT FROM gone WHERE gone.attnum = ANY (k.conkey)))
SELECT name, sql, is_index, is_key FROM made ORDER BY place, oid";

/// Place 1: before the table goes; 2: beside the old table; 3: after it; 4: proofs. The table is named as it is named now.
const STATEMENTS: &str = "
WITH t AS (SELECT to_regclass($1)::oid AS oid, $1::text AS name), gone AS (
    SELECT a.attnum, a.attname FROM pg_attribute a, t WHERE a.attrelid = t.oid AND a.attname = ANY ($2)),
k AS (SELECT c.* FROM pg_class c, t WHERE c.oid = t.oid),
fk AS (SELECT k.oid, k.conname, k.conrelid, pg_get_constraintdef(k.oid) AS def, k.convalidated FROM t JOIN pg_constraint k ON k.confrelid = t.oid
    WHERE k.contype = 'f' AND k.conparentid = 0),
said AS (
    SELECT 1 AS place, 1 AS rank, format('ALTER TABLE %s DROP CONSTRAINT %I;', conrelid::regclass, conname) AS sql FROM fk, t WHERE conrelid <> t.oid
    UNION ALL SELECT 2, 1, format('CREATE OR REPLACE VIEW %s %s AS %s', v.oid::regclass,
            coalesce('WITH (' || array_to_string(v.reloptions, ', ') || ')', ''), pg_get_viewdef(v.oid))
        FROM pg_class v WHERE v.relkind = 'v' AND v.oid IN (SELECT r.ev_class FROM t JOIN pg_depend d ON d.refobjid = t.oid
            AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite r ON r.oid = d.objid)
    UNION ALL SELECT 2, 2, format('ALTER SEQUENCE %s OWNED BY %s.%I;', s.oid::regclass, t.name, a.attname)
        FROM t JOIN pg_depend d ON d.refobjid = t.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
            JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid WHERE a.attname <> ALL ($2)
    UNION ALL SELECT 2, 3, format('DO $fieldseal$ DECLARE v bigint; c boolean; BEGIN SELECT last_value, is_called INTO v, c FROM %1$s; '
            'ALTER TABLE @old@ ALTER COLUMN %2$I DROP IDENTITY; ALTER TABLE %3$s ALTER COLUMN %2$I ADD GENERATED %4$s AS IDENTITY '
            '(SEQUENCE NAME %1$s INCREMENT %5$s MINVALUE %6$s MAXVALUE %7$s START %8$s CACHE %9$s %10$s); '
            'PERFORM setval(%11$L, v, c); END $fieldseal$;', s.oid::regclass, a.attname, t.name,
            CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache,
            CASE WHEN q.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END, s.oid::regclass::text)
        FROM t JOIN pg_depend d ON d.refobjid = t.oid AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass
            JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attidentity <> '' WHERE a.attname <> ALL ($2)
    UNION ALL SELECT 2, 0, format('ALTER TABLE %s OWNER TO %I;', t.name, pg_get_userbyid(k.relowner)) FROM t, k
    UNION ALL SELECT 3, 2, format('DO $fieldseal$ DECLARE r record; BEGIN FOR r IN SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl) '
            'WHERE oid = %L::regclass LOOP EXECUTE format(''REVOKE ALL ON %s FROM %%s'', CASE r.grantee WHEN 0 THEN ''PUBLIC'' ELSE '
            'quote_ident(pg_get_userbyid(r.grantee)) END); END LOOP; END $fieldseal$;', t.name, t.name) FROM t
    UNION ALL SELECT 3, 3, format('GRANT %s ON %s TO %s%s;', g.privilege_type, t.name,
            CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
            CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM t, k, aclexplode(coalesce(k.relacl, acldefault('r', k.relowner))) g
    UNION ALL SELECT 3, 4, format('GRANT %s (%I) ON %s TO %s%s;', g.privilege_type, a.attname, t.name,
            CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
            CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attacl IS NOT NULL AND a.attname <> ALL ($2), aclexplode(a.attacl) g
    UNION ALL SELECT 3, 5, pg_get_triggerdef(g.oid) || ';' || CASE g.tgenabled
            WHEN 'A' THEN format(' ALTER TABLE %s ENABLE ALWAYS TRIGGER %I;', t.name, g.tgname)
            WHEN 'R' THEN format(' ALTER TABLE %s ENABLE REPLICA TRIGGER %I;', t.name, g.tgname)
            WHEN 'D' THEN format(' ALTER TABLE %s DISABLE TRIGGER %I;', t.name, g.tgname) ELSE '' END
        FROM t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal WHERE NOT @capture@
            AND NOT EXISTS (SELECT FROM gone WHERE gone.attnum = ANY (g.tgattr::int2[]))
            AND NOT (cardinality($2::text[]) > 0 AND g.tgname LIKE 'zzz\\_fieldseal\\_a\\_transit%')
    UNION ALL SELECT 3, 6, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s;', p.policyname, t.name, p.permissive, p.cmd,
            array_to_string(ARRAY(SELECT CASE r WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(r) END FROM unnest(p.roles) r), ', '),
            coalesce(' USING (' || p.qual || ')', ''), coalesce(' WITH CHECK (' || p.with_check || ')', ''))
        FROM t, k JOIN pg_namespace n ON n.oid = k.relnamespace JOIN pg_policies p ON (p.schemaname, p.tablename) = (n.nspname, k.relname)
    UNION ALL SELECT 3, 7, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', t.name) FROM t, k WHERE k.relrowsecurity
    UNION ALL SELECT 3, 7, format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', t.name) FROM t, k WHERE k.relforcerowsecurity
    UNION ALL SELECT 3, 8, format('ALTER TABLE %s REPLICA IDENTITY %s;', t.name, CASE k.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN
            'NOTHING' ELSE 'USING INDEX ' || (SELECT quote_ident(c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE i.indrelid = t.oid AND i.indisreplident) END) FROM t, k WHERE k.relreplident <> 'd'
    UNION ALL SELECT 3, 8, format('ALTER TABLE %s CLUSTER ON %I;', t.name, c.relname)
        FROM t JOIN pg_index i ON i.indrelid = t.oid AND i.indisclustered JOIN pg_class c ON c.oid = i.indexrelid
    UNION ALL SELECT 3, 9, format('ALTER PUBLICATION %I ADD TABLE %s;', p.pubname, t.name)
        FROM t JOIN pg_publication_rel r ON r.prrelid = t.oid JOIN pg_publication p ON p.oid = r.prpubid
    UNION ALL SELECT 3, 10, pg_get_statisticsobjdef(s.oid) || ';' FROM t JOIN pg_statistic_ext s ON s.stxrelid = t.oid
        WHERE NOT EXISTS (SELECT FROM gone WHERE gone.attnum = ANY (s.stxkeys::int2[]))
    UNION ALL SELECT 3, 11, format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID;', CASE conrelid WHEN t.oid THEN t.name ELSE conrelid::regclass::text END,
            conname, replace(def, ' NOT VALID', '')) FROM fk, t
    UNION ALL SELECT 4, 1, format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', CASE conrelid WHEN t.oid THEN t.name ELSE conrelid::regclass::text END, conname)
        FROM fk, t WHERE convalidated
    UNION ALL SELECT 3, 12, format('COMMENT ON TABLE %s IS %L;', t.name, d.description)
        FROM t JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
    UNION ALL SELECT 3, 12, format('COMMENT ON INDEX %I.%I IS %L;', n.nspname, c.relname, d.description)
        FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass
        WHERE NOT EXISTS (SELECT FROM gone WHERE gone.attnum = ANY (i.indkey::int2[]))
    UNION ALL SELECT 3, 12, format('COMMENT ON CONSTRAINT %I ON %s IS %L;', c.conname, t.name, d.description)
        FROM t JOIN pg_constraint c ON c.conrelid = t.oid JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass
        WHERE c.contype <> 'c' AND NOT EXISTS (SELECT FROM gone WHERE gone.attnum = ANY (c.conkey))
    UNION ALL SELECT 3, 12, format('COMMENT ON TRIGGER %I ON %s IS %L;', g.tgname, t.name, d.description)
        FROM t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
            JOIN pg_description d ON d.objoid = g.oid AND d.classoid = 'pg_trigger'::regclass
    UNION ALL SELECT 3, 12, format('COMMENT ON POLICY %I ON %s IS %L;', p.polname, t.name, d.description)
        FROM t JOIN pg_policy p ON p.polrelid = t.oid JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_policy'::regclass)
SELECT place, sql FROM said ORDER BY place, rank, sql";
