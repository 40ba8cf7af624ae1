//! What strace tells, read: each call with its beginning and its end, what it was given, as bytes.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// What changes a disk, and what goes out of the machine.
pub(super) const CALLS: &str = "trace=openat,pwrite64,write,ftruncate,fdatasync,fsync,?rename,?unlink,sendto,writev";

/// A call. Its times are lines.
pub(super) struct Call {
    pub(super) name: String,
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) failed: bool,
    /// The file that it was on, by the name that it had then.
    pub(super) file: String,
    /// The texts that it was given.
    pub(super) texts: Vec<Vec<u8>>,
    /// What stands behind them: flags and numbers.
    pub(super) rest: String,
}

impl Call {
    /// The last number that it was given.
    pub(super) fn number(&self) -> usize {
        let given = self.rest.split(')').next().unwrap_or_default().trim();
        given.rsplit([',', ' ']).next().and_then(|number| number.parse().ok()).unwrap_or_default()
    }
}

/// The trace of a relay that was killed, once its end is in it.
pub(super) async fn whole(file: &Path) -> String {
    for _ in 0..500 {
        let trace = std::fs::read_to_string(file).unwrap_or_default();
        if trace.lines().last().is_some_and(|line| line.contains("+++ killed by SIGKILL")) {
            return trace;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the trace has no end");
}

/// The calls, in the order in which they began.
pub(super) fn calls(trace: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for (at, line) in trace.lines().enumerate() {
        let Some((thread, said)) = line.split_once(' ') else { continue };
        let said = said.trim_start();
        if said.starts_with("<... ") {
            if let Some(call) = open.remove(thread).and_then(|call| calls.get_mut(call)) {
                (call.end, call.failed) = (at, said.contains(" = -1 "));
            }
            continue;
        }
        let unfinished = said.strip_suffix("<unfinished ...>");
        let (said, is_whole) = (unfinished.unwrap_or(said), unfinished.is_none());
        let Some((name, given)) = said.split_once('(') else { continue };
        if !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            continue;
        }
        let given_texts: Vec<_> = given.split('"').collect();
        let texts = given_texts.iter().skip(1).step_by(2).map(|text| bytes(text)).collect();
        let rest = given_texts.last().copied().unwrap_or_default().to_owned();
        let file = given.split_once('<').and_then(|(number, file)| {
            number.chars().all(|digit| digit.is_ascii_digit()).then(|| file.split('>').next())?
        });
        let file = String::from_utf8_lossy(&bytes(file.unwrap_or_default())).into_owned();
        if !is_whole {
            open.insert(thread, calls.len());
        }
        let (end, failed) = if is_whole { (at, rest.contains(" = -1 ")) } else { (usize::MAX, false) };
        calls.push(Call { name: name.to_owned(), begin: at, end, failed, file, texts, rest });
    }
    calls
}

/// `\x2f\x74` as bytes.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = more.get(1..3).filter(|_| *first == b'\\' && more.first() == Some(&b'x'));
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &more[3..] } else { more };
    }
    bytes
}
