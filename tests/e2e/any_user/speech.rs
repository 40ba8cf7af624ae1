//! What a screen reader says on the whole way, kept in `docs/SPEECH.md`: by Guidepup's, which runs in the page and writes it down.

use std::fs;

use serde::Deserialize;
use serde_json::json;

use super::tree::{day, without_times};
use crate::stage::{Tab, root, target};

const READER: &str = "accessibility/node_modules/@guidepup/virtual-screen-reader/lib/esm/index.browser.js";
const WRITTEN: &str = "docs/SPEECH.md";

/// From the top of the dialog to its end, as by the arrow keys; and what is said of what has the focus.
const READS: &str = "(async () => {
    const root = document.querySelector('bzctrl-dialog').shadowRoot;
    const [dialog, focus, list] = [root.querySelector('dialog'), root.activeElement, root.querySelector('details')];
    const open = list?.open;
    let focused = '';
    await virtual.start({ container: dialog });
    for (let steps = 0; steps < 400; steps++) {
        const said = await virtual.lastSpokenPhrase();
        if (focus && !focused && [virtual.activeNode, virtual.activeNode?.parentElement].includes(focus)) focused = said;
        if (said === 'end of dialog' || said.startsWith('end of dialog,')) break;
        await virtual.next();
    }
    const all = await virtual.spokenPhraseLog();
    await virtual.stop();
    focus?.focus();
    if (list) list.open = open;
    return { all, focused: focused || (focus?.textContent ?? '') };
})()";

#[derive(Deserialize)]
struct Read {
    all: Vec<String>,
    focused: String,
}

/// One state of the form: what is said without being asked for, and what the user finds.
pub(super) struct Heard {
    pub(super) state: &'static str,
    said_aloud: Vec<String>,
    focused: String,
    all: Vec<String>,
}

/// Listens in the present state; `told` is what was said aloud on the way into it.
pub(super) async fn listens(tab: &Tab, state: &'static str, told: &str) -> Heard {
    if tab.read("typeof virtual").await != "object" {
        let program = fs::read_to_string(target().join(READER)).expect("`cargo xtask soak languages` fetches it");
        let load = format!(
            "(async () => {{
                const program = URL.createObjectURL(new Blob([{}], {{ type: 'text/javascript' }}));
                window.virtual = (await witness.module(program)).virtual;
            }})()",
            json!(program)
        );
        tab.read(&load).await;
    }
    let Read { all, focused } = serde_json::from_value(tab.read(READS).await).unwrap();
    let said_aloud = told.lines().filter_map(|line| line.strip_prefix("said aloud: ")).map(str::to_owned).collect();
    let day = day(tab).await;
    let masked = |said: &String| without_times(said, &day);
    Heard { state, said_aloud, focused: masked(&focused), all: all.iter().map(masked).collect() }
}

const HEAD: &str = "# What a screen reader says

The whole way of an incident and some of its detours, in English, as it sounds: written down by
[Guidepup's virtual screen reader](https://github.com/guidepup/virtual-screen-reader), which reads the form in a real Chromium. A test holds the form to
it; `BLESS=1 cargo xtask soak languages` writes it anew. Real screen readers word it in their own ways. What is said of times and addresses is left out.

Of each state stands first what is said without being asked for, then what is said of what has the focus, then, where it differs, what is read from there
on by the arrow keys.
";

fn heading(state: &str) -> &'static str {
    match state {
        "opened" => "The form opens",
        "task" => "A task instead",
        "errors" => "Submitted too early",
        "filled" => "Filled",
        "question" => "Escape",
        "restored" => "Back again",
        "rejected" => "BzCtrl refuses it",
        "sending" => "Submitted",
        "waiting" => "The relay is gone",
        "unknown" => "The relay is back, and nobody knows",
        "created" => "Sent again, and created",
        "copied" => "The link is copied",
        "registered" => "Another one: two are registered already",
        "register" => "The list of these",
        "alike" => "The same title",
        other => panic!("{other} has no heading"),
    }
}

/// It is as the document has it.
pub(super) fn is_as_written(heard: &[Heard]) {
    let mut document = HEAD.to_owned();
    let mut before = Vec::new();
    for Heard { state, said_aloud, focused, all } in heard {
        document.extend(["\n## ", heading(state), "\n\n"]);
        said_aloud.iter().for_each(|said| document.extend(["- said at once: ", said, "\n"]));
        document.extend(["- focus: ", focused, "\n"]);
        let new: Vec<_> = all.iter().filter(|phrase| !before.contains(phrase)).collect();
        if !new.is_empty() {
            document += "\n```\n";
            new.iter().for_each(|phrase| document.extend([phrase.as_str(), "\n"]));
            document += "```\n";
            before = all.iter().collect();
        }
    }
    let file = root().join(WRITTEN);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &document).unwrap();
    }
    let written = fs::read_to_string(file).unwrap_or_default();
    let differs = document.lines().zip(written.lines()).find(|(now, written)| now != written);
    assert_eq!(differs, None, "`BLESS=1 cargo xtask soak languages` writes docs/SPEECH.md anew: read it");
    assert_eq!(document.lines().count(), written.lines().count());
}
