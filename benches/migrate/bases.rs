//! The least that moves the same bytes: by a statement of the server, and by a client.

use std::time::Instant;

use tokio_postgres::Client;
use uuid::Uuid;

use crate::CHUNK;
use crate::place::Place;

const READ: &str = "SELECT id, email_plain, notes_plain FROM clients WHERE id > $1 ORDER BY id LIMIT $2";

const WRITE: &str = "UPDATE clients SET email = new.email, email_term = new.term, notes = new.notes \
     FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[]) AS new (id, email, term, notes) WHERE clients.id = new.id";

/// Seconds that one UPDATE of all rows takes.
pub(crate) async fn server(place: &Place) -> f64 {
    let update = "UPDATE clients SET email = sealed.email, email_term = sealed.email_term, notes = sealed.notes \
                  FROM sealed WHERE sealed.id = clients.id";
    let begin = Instant::now();
    place.run(update).await;
    begin.elapsed().as_secs_f64()
}

/// Seconds that reading all rows and writing them takes, chunk by chunk, with a second connection that reads ahead.
pub(crate) async fn client(place: &Place, rows: usize) -> f64 {
    let (reader, writer, pattern) = (place.connect().await, place.connect().await, Pattern::of(place).await);
    let (begin, mut last, mut random) = (Instant::now(), Uuid::nil(), 1);
    let mut chunk = read(&reader, &mut last).await;
    while !chunk.is_empty() {
        let bytes = pattern.like(&chunk, &mut random);
        let (next, ()) = tokio::join!(read(&reader, &mut last), write(&writer, &chunk, &bytes));
        chunk = next;
    }
    let took = begin.elapsed().as_secs_f64();
    assert_eq!(place.sealed().await, rows);
    took
}

async fn read(reader: &Client, last: &mut Uuid) -> Vec<Uuid> {
    let read = reader.query(READ, &[last, &(CHUNK as i64)]).await.expect("the rows can be read");
    let ids = read.iter().map(|row| {
        std::hint::black_box((row.get::<_, &str>(1), row.get::<_, &str>(2)));
        row.get(0)
    });
    let ids: Vec<Uuid> = ids.collect();
    *last = ids.last().copied().unwrap_or(*last);
    ids
}

async fn write(writer: &Client, ids: &Vec<Uuid>, [email, term, notes]: &[Vec<Vec<u8>>; 3]) {
    writer.execute(WRITE, &[ids, email, term, notes]).await.expect("the rows can be written");
}

/// A row's cells and term, whose heads the domains check.
struct Pattern([Vec<u8>; 3]);

impl Pattern {
    async fn of(place: &Place) -> Self {
        let one = "SELECT email, email_term, notes FROM sealed LIMIT 1";
        let row = place.connect().await.query_one(one, &[]).await.expect("a row was sealed");
        Self([row.get(0), row.get(1), row.get(2)])
    }

    /// As many rows of other bytes.
    fn like(&self, ids: &[Uuid], random: &mut u64) -> [Vec<Vec<u8>>; 3] {
        self.0.each_ref().map(|pattern| ids.iter().map(|_| shuffled(pattern, random)).collect())
    }
}

/// The last half made anew: by SplitMix64, as cheap as can be.
fn shuffled(pattern: &[u8], random: &mut u64) -> Vec<u8> {
    let mut bytes = pattern.to_vec();
    let half = bytes.len() / 2;
    for part in bytes[half..].chunks_mut(8) {
        *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*random ^ (*random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..part.len()]);
    }
    bytes
}
