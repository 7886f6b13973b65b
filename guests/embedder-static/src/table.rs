//! The table: pieces of words, sorted, and a row of whole numbers for each.
//!
//! It is read where it lies. Nothing is built at start, so a fresh instance costs nothing.
//!
//! Little-endian, in this order: eight bytes that name the format; as `u32` the numbers of a row,
//! the pieces that begin a word, those that go on in one, and the bytes of all pieces together; for
//! each piece and one more the `u32` offset at which it begins in those bytes; the bytes; the rows,
//! a signed byte a number. Both groups of pieces are sorted by their bytes, and rows follow the
//! pieces' order.

use std::ops::Range;

/// What a table begins with.
const FORMAT: &[u8] = b"wirtvec1";

/// Bytes of an offset.
const OFFSET: usize = size_of::<u32>();

/// A table that is read from bytes.
#[derive(Debug, Clone, Copy)]
pub struct Table<'t> {
    dimension: usize,
    begins: usize,
    pieces: usize,
    offsets: &'t [u8],
    text: &'t [u8],
    rows: &'t [u8],
}

/// Where in a word a piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At its beginning.
    Begin,
    /// Anywhere after it.
    Inside,
}

/// A piece that a text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its length in bytes, 1 or more.
    pub bytes: usize,
    /// Its row.
    pub row: usize,
}

impl<'t> Table<'t> {
    /// Reads a table; none where the bytes are none, or not all of one.
    pub fn read(bytes: &'t [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(FORMAT)?;
        let (head, rest) = rest.split_at_checked(4 * OFFSET)?;
        let (dimension, begins) = (number(head, 0)?, number(head, 1)?);
        let pieces = begins.checked_add(number(head, 2)?)?;
        let (offsets, rest) = rest.split_at_checked(pieces.checked_add(1)?.checked_mul(OFFSET)?)?;
        let (text, rows) = rest.split_at_checked(number(head, 3)?)?;
        let whole = dimension > 0 && pieces.checked_mul(dimension)? == rows.len();
        whole.then_some(Self { dimension, begins, pieces, offsets, text, rows })
    }

    /// Numbers in a row.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The numbers of a row, `[dimension]`; none at all for a row beyond the last.
    pub fn row(&self, row: usize) -> impl Iterator<Item = i8> + use<'t> {
        let start = row.saturating_mul(self.dimension);
        let cells = self.rows.get(start..start.saturating_add(self.dimension));
        cells.unwrap_or_default().iter().map(|cell| i8::from_le_bytes([*cell]))
    }

    /// The longest piece a text begins with, of those that may stand in this place.
    pub fn longest(&self, text: &str, place: Place) -> Option<Piece> {
        let mut among = match place {
            Place::Begin => 0..self.begins,
            Place::Inside => self.begins..self.pieces,
        };
        let mut longest = None;
        for (depth, byte) in text.bytes().enumerate() {
            among = self.narrow(among, depth, byte);
            // Of all pieces that begin alike, the one that ends here is the first.
            let bytes = depth + 1;
            match self.piece(among.start) {
                _ if among.is_empty() => break,
                Some(piece) if piece.len() == bytes => {
                    longest = Some(Piece { bytes, row: among.start });
                }
                _ => {}
            }
        }
        longest
    }

    /// Those of a range of pieces whose byte at `depth` is this one. All of them share the bytes
    /// before it.
    fn narrow(&self, among: Range<usize>, depth: usize, byte: u8) -> Range<usize> {
        // A piece that ends before `depth` comes before all that have a byte there.
        let at = |piece: usize| self.piece(piece).and_then(|piece| piece.get(depth).copied());
        let start = partition(among.clone(), |piece| at(piece) < Some(byte));
        let end = partition(start..among.end, |piece| at(piece) <= Some(byte));
        start..end
    }

    fn piece(&self, piece: usize) -> Option<&'t [u8]> {
        let end = number(self.offsets, piece.checked_add(1)?)?;
        self.text.get(number(self.offsets, piece)?..end)
    }
}

/// The first of a range that is not `before`; all that are come first.
fn partition(mut range: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    while !range.is_empty() {
        let middle = range.start.midpoint(range.end);
        if before(middle) {
            range.start = middle + 1;
        } else {
            range.end = middle;
        }
    }
    range.start
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let start = at.checked_mul(OFFSET)?;
    let (number, _) = bytes.get(start..)?.split_first_chunk()?;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of rows of two numbers: each piece's place, and its opposite.
    fn table(begins: &[&str], inside: &[&str]) -> Vec<u8> {
        let pieces: Vec<&str> = begins.iter().chain(inside).copied().collect();
        let text = pieces.concat();
        let mut bytes = FORMAT.to_vec();
        for number in [2, begins.len(), inside.len(), text.len()] {
            bytes.extend(u32::try_from(number).unwrap().to_le_bytes());
        }
        let mut offset = 0_u32;
        for piece in pieces.iter().chain(&[""]) {
            bytes.extend(offset.to_le_bytes());
            offset += u32::try_from(piece.len()).unwrap();
        }
        bytes.extend(text.as_bytes());
        for place in 0..i8::try_from(pieces.len()).unwrap() {
            bytes.extend(place.to_le_bytes());
            bytes.extend((-place).to_le_bytes());
        }
        bytes
    }

    fn found(bytes: &[u8], text: &str, place: Place) -> Option<(usize, Vec<i8>)> {
        let table = Table::read(bytes).unwrap();
        let piece = table.longest(text, place)?;
        Some((piece.bytes, table.row(piece.row).collect()))
    }

    #[test]
    fn the_longest_piece_is_found_in_its_own_group() {
        let bytes = table(&["a", "ab", "abcd", "b", "é", "éa"], &["abc", "b", "d"]);
        assert_eq!(found(&bytes, "abc", Place::Begin), Some((2, vec![1, -1])));
        assert_eq!(found(&bytes, "abcde", Place::Begin), Some((4, vec![2, -2])));
        assert_eq!(found(&bytes, "a", Place::Begin), Some((1, vec![0, 0])));
        assert_eq!(found(&bytes, "é", Place::Begin), Some((2, vec![4, -4])));
        assert_eq!(found(&bytes, "abcd", Place::Inside), Some((3, vec![6, -6])));
        assert_eq!(found(&bytes, "a", Place::Inside), None);
        assert_eq!(found(&bytes, "c", Place::Begin), None);
        assert_eq!(found(&bytes, "", Place::Begin), None);
        // Half a character is no piece.
        assert_eq!(found(&bytes, "ê", Place::Begin), None);
    }

    #[test]
    fn what_is_no_whole_table_is_none() {
        let bytes = table(&["a"], &["b"]);
        assert!(Table::read(&bytes).is_some());
        for length in 0..bytes.len() {
            assert!(Table::read(&bytes[..length]).is_none(), "{length} bytes");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(Table::read(&longer).is_none());
        let other = [b"wirtvec0", &bytes[FORMAT.len()..]].concat();
        assert!(Table::read(&other).is_none());
    }
}
