//! E-mail addresses are checked for their shape, not for taste: who can receive mail is for others to find out. Characters
//! that cannot be seen are the business of the rule for text.

/// Whether the text has the shape of one address: something, an `@`, a domain; no spaces, brackets or lists.
pub(crate) fn has_shape(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '@'))
    };
    plain(local) && plain(domain) && domain.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::has_shape;

    #[test]
    fn addresses_of_many_tastes_pass() {
        for good in ["Example@example.com", "o'hara+gate7@sub.example.co.uk", "usér@exämple.eu", "root@terminal"] {
            assert!(has_shape(good), "{good}");
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        for bad in [
            "",
            "user",
            "@example.com",
            "user@",
            "a b@example.com",
            "a@b@c",
            "a@b..c",
            "a@.b",
            "A <a@b.c>",
            "a@b.c,d@e.f",
        ] {
            assert!(!has_shape(bad), "{bad}");
        }
    }
}
