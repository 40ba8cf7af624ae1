//! W3C's `traceparent`: which trace of the host's a request belongs to. It goes into the log and to the host's own systems, never
//! to BzCtrl. <https://www.w3.org/TR/trace-context/>

use std::fmt;

use uuid::Uuid;

/// The trace that a request belongs to, and its caller's place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceParent {
    trace: String,
    parent: String,
    flags: u8,
}

impl TraceParent {
    /// Reads the header's value; none if it is not of the form, as the specification has it: a broken one is ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // Later versions may have more behind it.
        let is_whole = version != "00" || parts.next().is_none();
        let well = is_hex(version, 2) && version != "ff" && is_id(trace, 32) && is_id(parent, 16) && is_hex(flags, 2);
        let flags = u8::from_str_radix(flags, 16).ok()?;
        (well && is_whole).then(|| Self { trace: trace.to_owned(), parent: parent.to_owned(), flags })
    }

    /// The trace's name.
    pub(crate) fn trace_id(&self) -> &str {
        &self.trace
    }

    /// What a request of the relay's own says that belongs to the same trace.
    pub(crate) fn child(&self) -> Self {
        let parent = Uuid::new_v4().simple().to_string();
        Self { trace: self.trace.clone(), parent: parent[..16].to_owned(), flags: self.flags & 1 }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace, self.parent, self.flags)
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const RIGHT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_header_of_the_form_is_taken_and_no_other() {
        let parsed = TraceParent::parse(RIGHT).unwrap();
        assert_eq!(parsed.to_string(), RIGHT);
        assert!(TraceParent::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes").is_some());
        for wrong in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\u{a0}",
        ] {
            assert_eq!(TraceParent::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_child_is_of_the_same_trace_under_a_name_of_its_own() {
        let parsed = TraceParent::parse(RIGHT).unwrap();
        let child = TraceParent::parse(&parsed.child().to_string()).unwrap();
        assert_eq!(child.trace_id(), parsed.trace_id());
        assert_ne!(child.parent, parsed.parent);
    }
}
