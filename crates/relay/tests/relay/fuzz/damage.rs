//! What is right, damaged: a few edits of one of several samples. Each shrinks to the smallest that still shows the finding.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What parsers have stumbled over elsewhere.
const WORDS: [&[u8]; 30] = [
    b"\0",
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b"%00",
    b"%ff",
    b"%2e%2e/",
    b"../",
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b";",
    b"=",
    b"&",
    b"null",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"[[[[[[[[",
    b"Transfer-Encoding: chunked\r\n",
];

#[derive(Clone, Debug)]
enum Edit {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Delete(Index, usize),
    Cut(Index),
    Repeat(Index, usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 0_u8..8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        4 => (at(), select(WORDS.to_vec())).prop_map(|(at, word)| Edit::Insert(at, word.to_vec())),
        2 => (at(), vec(any::<u8>(), 1..12)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        3 => (at(), 1_usize..40).prop_map(|(at, length)| Edit::Delete(at, length)),
        1 => at().prop_map(Edit::Cut),
        1 => (at(), 1_usize..60, 2_usize..200).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
    ]
}

/// What came of it, readable in a finding.
#[derive(Clone)]
pub(super) struct Damaged(pub(super) Vec<u8>);

impl std::fmt::Debug for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl Damaged {
    /// As text, where text alone can come.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

/// One of these, with up to four edits.
pub(super) fn damaged(samples: Vec<Vec<u8>>) -> impl Strategy<Value = Damaged> {
    (select(samples), vec(edit(), 0..=4)).prop_map(|(mut bytes, edits)| {
        for edit in edits {
            apply(&mut bytes, edit);
        }
        Damaged(bytes)
    })
}

fn apply(bytes: &mut Vec<u8>, edit: Edit) {
    if bytes.is_empty() {
        return;
    }
    let part = |at: Index, length: usize, bytes: &[u8]| {
        let from = at.index(bytes.len());
        from..(from + length).min(bytes.len())
    };
    match edit {
        Edit::Flip(at, bit) => {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        Edit::Insert(at, more) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, more);
        }
        Edit::Delete(at, length) => drop(bytes.drain(part(at, length, bytes))),
        Edit::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Edit::Repeat(at, length, times) => {
            let part = part(at, length, bytes);
            let again = bytes[part.clone()].repeat(times);
            bytes.splice(part, again);
        }
    }
}
