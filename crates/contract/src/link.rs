//! The link that BzCtrl answers with. It is opened in the user's browser, so it is believed only in one shape.

use crate::text::is_invisible;

/// An absolute http or https URL with a host and without user info.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLink(String);

impl TaskLink {
    /// The link, if the text may be opened; `None` for any other scheme, for user info (`https://bzctrl.com@elsewhere`),
    /// for spaces, backslashes and characters that cannot be seen, which browsers read in ways of their own.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = ["https://", "http://"].into_iter().find_map(|scheme| {
            text.get(..scheme.len())
                .filter(|head| head.eq_ignore_ascii_case(scheme))
                .and_then(|_| text.get(scheme.len()..))
        })?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let usable = !authority.is_empty()
            && !authority.starts_with(':')
            && !authority.contains('@')
            && !text.chars().any(|c| c.is_whitespace() || is_invisible(c) || c == '\\');
        usable.then(|| Self(text.to_owned()))
    }

    /// What it ends with, which is what BzCtrl calls the todo: the last part of its fragment or, without one, of its path; if that
    /// can be read.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        let named = path.split('#').next_back()?.split('?').next()?.trim_end_matches('/').rsplit('/').next()?;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        (!named.is_empty() && named.chars().all(plain)).then_some(named)
    }

    /// The link as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::TaskLink;

    #[test]
    fn links_of_bzctrl_are_links() {
        for good in [
            "https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03",
            "http://127.0.0.1:8082/app/#/todo/X-1",
            "HTTPS://bzctrl.com",
        ] {
            assert_eq!(TaskLink::parse(good).as_ref().map(TaskLink::as_str), Some(good));
        }
    }

    #[test]
    fn a_todo_is_called_what_its_link_ends_with() {
        for (link, name) in [
            ("https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03", Some("EXA-CON-BUS-WOR-03")),
            ("http://127.0.0.1:8082/app/#/todo/X-1?tab=history", Some("X-1")),
            ("https://www.bzctrl.com/todo/EXA-CON-BUS-WOR-03/", Some("EXA-CON-BUS-WOR-03")),
            ("https://www.bzctrl.com/todo/X-1?a=b#top", Some("top")),
            ("https://www.bzctrl.com/app/#/todo/%E2%82%AC", None),
            ("https://www.bzctrl.com", None),
            ("https://www.bzctrl.com/", None),
        ] {
            assert_eq!(TaskLink::parse(link).unwrap().name(), name, "{link}");
        }
    }

    #[test]
    fn what_a_page_should_not_open_is_no_link() {
        for bad in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "//bzctrl.com/app",
            "/app/#/todo/1",
            "https://",
            "https:///app",
            "https://bzctrl.com@evil.example/",
            "https://user:pw@bzctrl.com/",
            "https://bzctrl.com\\@evil.example",
            "https://bzctrl.com/a b",
            "https://bzctrl.com/\n",
            "https://bz\u{ad}ctrl.com/",
            "https://bzctrl.com/\u{202e}gro.elpmaxe",
            " https://bzctrl.com",
            "ftp://bzctrl.com",
            "https://:80/",
        ] {
            assert_eq!(TaskLink::parse(bad), None, "{bad}");
        }
    }
}
