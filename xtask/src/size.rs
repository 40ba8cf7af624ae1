//! How many bytes a page and its user wait for, brotli 11, as the widget ships.

mod why;

use std::fmt;

use anyhow::{Result, bail};

pub(crate) use self::why::Why;
use crate::package::{Packed, Release};

/// What a page loads: the loader alone.
const AT_PAGE_LOAD: usize = 1_300;
/// What has been fetched when the form stands: the loader, the glue, the WebAssembly.
const UNTIL_THE_FORM: usize = 51_200;
/// What is fetched beside that where the form speaks another language than English.
const A_LANGUAGE: usize = 2_000;

/// The sizes of one release.
pub(crate) struct Sizes {
    rows: Vec<Row>,
    /// What is fetched while the form stands.
    later: Vec<Row>,
    /// What is fetched besides where the form speaks another language than English: one of these.
    languages: Vec<Row>,
    /// What the parts lack to be as they ship.
    lack: Option<&'static str>,
}

struct Row {
    name: &'static str,
    bytes: usize,
    brotli: usize,
}

impl Sizes {
    /// Measures a release, as it goes over the wire.
    pub(crate) fn of(release: &Release) -> Self {
        let rows = release.until_the_form().map(Row::of).collect();
        let languages = release.languages().map(Row::of).collect();
        Self { rows, later: release.later().map(Row::of).collect(), languages, lack: release.lack }
    }

    /// Holds the sizes against what integrators may rely on.
    ///
    /// # Errors
    ///
    /// When there is more than that.
    pub(crate) fn hold(&self) -> Result<()> {
        let over: Vec<String> = self
            .limits()
            .into_iter()
            .filter(|(_, brotli, limit)| brotli > limit)
            .map(|(what, brotli, limit)| format!("{what}: {} bytes, {} more than may be", brotli, brotli - limit))
            .collect();
        if self.lack.is_none() && !over.is_empty() {
            bail!("too large. {}", over.join("; "));
        }
        Ok(())
    }

    fn limits(&self) -> Vec<(&'static str, usize, usize)> {
        let at_page_load = self.rows.first().map_or(0, |loader| loader.brotli);
        let until_the_form = self.rows.iter().map(|row| row.brotli).sum();
        let form =
            [("at page load", at_page_load, AT_PAGE_LOAD), ("until the form stands", until_the_form, UNTIL_THE_FORM)];
        form.into_iter().chain(self.languages.iter().map(|row| (row.name, row.brotli, A_LANGUAGE))).collect()
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "{:<24}{:>10}{:>11}{:>10}", "", "bytes", "brotli 11", "at most")?;
        for Row { name, bytes, brotli } in self.rows.iter().chain(&self.later).chain(&self.languages) {
            writeln!(to, "{name:<24}{bytes:>10}{brotli:>11}")?;
        }
        for (what, brotli, limit) in self.limits() {
            writeln!(to, "{what:<24}{:>10}{brotli:>11}{limit:>10}", "")?;
        }
        if let Some(lack) = self.lack {
            writeln!(to, "This is not what ships, and not held against the limits: {lack}.")?;
        }
        Ok(())
    }
}

impl Row {
    /// A developer's build is not compressed: it counts as it is.
    fn of(Packed { file, brotli, .. }: &Packed) -> Self {
        let bytes = file.bytes.len();
        Self { name: file.name, bytes, brotli: brotli.as_ref().map_or(bytes, Vec::len) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sizes(loader: usize, wasm: usize, lack: Option<&'static str>) -> Sizes {
        let row = |name, brotli| Row { name, bytes: 2 * brotli, brotli };
        Sizes {
            rows: vec![row("bzctrl.js", loader), row("bzctrl_widget_bg.wasm", wasm)],
            later: Vec::new(),
            languages: Vec::new(),
            lack,
        }
    }

    #[test]
    fn a_language_has_its_own_limit() {
        let mut sizes = sizes(1, 1, None);
        sizes.languages = vec![Row { name: "nl.txt", bytes: 9_000, brotli: A_LANGUAGE }];
        sizes.hold().unwrap();
        sizes.languages = vec![Row { name: "nl.txt", bytes: 9_000, brotli: A_LANGUAGE + 1 }];
        assert_eq!(sizes.hold().unwrap_err().to_string(), "too large. nl.txt: 2001 bytes, 1 more than may be");
    }

    #[test]
    fn a_byte_more_than_integrators_may_rely_on_is_refused() {
        sizes(AT_PAGE_LOAD, UNTIL_THE_FORM - AT_PAGE_LOAD, None).hold().unwrap();
        let loader = sizes(AT_PAGE_LOAD + 1, 1, None).hold().unwrap_err().to_string();
        assert_eq!(loader, "too large. at page load: 1301 bytes, 1 more than may be");
        assert!(sizes(1, UNTIL_THE_FORM, None).hold().is_err());
    }

    #[test]
    fn what_is_not_as_it_ships_is_not_held_against_the_limits() {
        let sizes = sizes(AT_PAGE_LOAD + 1, UNTIL_THE_FORM, Some("it is unfinished"));
        sizes.hold().unwrap();
        assert!(sizes.to_string().ends_with("not held against the limits: it is unfinished.\n"));
    }
}
