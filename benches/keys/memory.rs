//! What a firm in the cache takes.

use fieldseal::testing::TestVault;
use fieldseal::{Encrypted, Vault};
use peak_alloc::PeakAlloc;

use crate::harness::{Bench, rows};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    records (id) {
        id -> BigInt,
        firm -> BigInt,
        a -> FieldsealText, b -> FieldsealText, c -> FieldsealText, d -> FieldsealText,
        e -> FieldsealText, f -> FieldsealText, g -> FieldsealText, h -> FieldsealText,
        i -> FieldsealText, j -> FieldsealText, k -> FieldsealText, l -> FieldsealText,
        m -> FieldsealText, n -> FieldsealText, o -> FieldsealText, p -> FieldsealText,
    }
}

macro_rules! model {
    ($name:ident: $($field:ident)*) => {
        #[derive(Encrypted)]
        #[diesel(table_name = records)]
        #[encrypted(firm = firm, derive(Queryable))]
        struct $name {
            id: i64,
            firm: i64,
            $(#[encrypted] $field: String,)*
        }

        impl $name {
            fn seal(vault: &Vault, firm: i64) {
                let record = Self { id: 1, firm, $($field: String::new(),)* };
                let session = vault.blocking().session(firm).expect("the firm exists");
                drop(session.seal(&record).expect("the session is live"));
            }
        }
    };
}

model!(One: a);
model!(Four: a b c d);
model!(Sixteen: a b c d e f g h i j k l m n o p);

/// Uses a firm's keys.
type Use = fn(&Vault, i64);

pub(crate) fn measure(bench: &mut Bench, heap: &PeakAlloc) {
    for (columns, seal) in [(1, One::seal as Use), (4, Four::seal), (16, Sixteen::seal)] {
        let base = 2048 + 1024 * columns;
        let ours = a_firm(heap, seal);
        bench.record(format!("memory, {columns} columns"), "bytes", vec![base as f64], vec![ours]);
    }
}

/// Bytes more for each of many firms whose keys are loaded and used.
fn a_firm(heap: &PeakAlloc, seal: Use) -> f64 {
    let firms = rows(2000, 200) as i64;
    let store = std::sync::Arc::new(fieldseal::keys::store::MemoryKeyStore::new());
    let maker = TestVault::new().store(store.clone()).explicit_firms().build().blocking();
    for firm in 0..=firms {
        maker.create_firm(firm).expect("a store in memory takes it");
    }
    drop(maker);
    let vault = TestVault::new().store(store).explicit_firms().build();
    // What a process makes once, whatever the number of firms.
    seal(&vault, firms);
    let before = heap.current_usage();
    for firm in 0..firms {
        seal(&vault, firm);
    }
    (heap.current_usage() as f64 - before as f64) / firms as f64
}
