//! A type of the user's whose stored form is none.

use fieldseal::{CodecError, Encode};

struct Level(i32);

impl Encode for Level {
    type Form = diesel::sql_types::Integer;

    fn stored_len(&self) -> Result<usize, CodecError> {
        Ok(4)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend(self.0.to_be_bytes());
        Ok(())
    }
}

fn main() {}
