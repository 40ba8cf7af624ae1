//! What axe finds in the form as it stands: WCAG 2.2 AA.

use std::fs;

use crate::stage::{Tab, target};

/// Where `cargo xtask` lays it.
const PROGRAM: &str = "accessibility/node_modules/axe-core/axe.min.js";

/// Where all of the form scrolls, the buttons lie over what scrolls under them: what is half under them is no small target.
const FINDS: &str = "axe.run(document.querySelector('bzctrl-dialog'), {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'],
    rules: { 'target-size': { enabled: innerHeight > 300 } },
}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.flat().at(-1)}: ${failureSummary.replaceAll('\\n', ' ')}`)))";

/// A line for each of its findings.
pub(super) async fn finds(tab: &Tab) -> Vec<String> {
    if tab.read("typeof axe").await != "object" {
        let program = fs::read_to_string(target().join(PROGRAM)).expect("`cargo xtask soak languages` fetches it");
        tab.read(&format!("void (() => {{ {program}\n }})()")).await;
    }
    serde_json::from_value(tab.read(FINDS).await).unwrap()
}
