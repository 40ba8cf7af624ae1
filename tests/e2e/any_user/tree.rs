//! What assistive technology is told of the form: Chromium's accessibility tree as text, a line a node, kept in `told.txt`.

use std::{collections::HashMap, fmt::Write, fs};

use serde_json::Value;

use crate::stage::{Browser, Tab, root};

const AGREED: &str = "tests/e2e/any_user/told.txt";
const ADVICE: &str =
    "`BLESS=1 cargo xtask soak languages` writes tests/e2e/any_user/told.txt anew; read what has changed";

/// What was said aloud since the last call, as screen readers do with what changes: of an alert when it comes, of a status when
/// something comes into it.
const SAID_ALOUD: &str = "(({ shadowRoot: root }) => {
    const said = window.saidAloud ??= [];
    if (!root.isWatched) {
        root.isWatched = true;
        const regions = '[role=status], [role=alert]';
        new MutationObserver((changes) => {
            const changed = new Map();
            for (const { target, addedNodes, type } of changes) {
                // What goes is not said.
                if (type === 'childList' && addedNodes.length === 0) continue;
                const at = target.closest ? target : target.parentElement;
                const around = at?.closest(regions);
                // Of some regions what has changed is said alone.
                if (around) changed.set(around, around.ariaAtomic === 'false' ? changed.get(around) ?? at : around);
                for (const added of addedNodes) {
                    for (const it of added.querySelectorAll?.(regions) ?? []) changed.set(it, it);
                    if (added.matches?.(regions)) changed.set(added, added);
                }
            }
            for (const [it, part] of changed) {
                const words = part.innerText.replace(/\\s+/g, ' ').trim();
                const line = `${it.getAttribute('role')} \"${words}\"`;
                if (words && it.isConnected && said.at(-1) !== line) said.push(line);
            }
        }).observe(root, { subtree: true, childList: true, characterData: true });
    }
    return said.splice(0);
})(document.querySelector('bzctrl-dialog'))";

/// What a node says of itself besides its role and its name.
const STATES: [&str; 9] =
    ["modal", "required", "invalid", "checked", "expanded", "disabled", "readonly", "focused", "live"];

/// Of these what stands in them is their value or their name.
const WHOLE: [&str; 3] = ["textbox", "Date", "link"];

/// All of it in the present state.
pub(super) async fn told(browser: &Browser) -> String {
    let said: Vec<String> = serde_json::from_value(browser.tab.read(SAID_ALOUD).await).unwrap();
    let nodes = browser.told_to_assistive_technology().await;
    let by_id: HashMap<&str, &Value> = nodes.iter().map(|node| (node["nodeId"].as_str().unwrap(), node)).collect();
    let dialog = nodes.iter().find(|node| text(&node["role"]) == "dialog" && node["ignored"] != true);
    let mut written = String::new();
    write_node(dialog.expect("no dialog is told of"), &by_id, 0, &mut written);
    for line in &said {
        let _ = writeln!(written, "said aloud: {line}");
    }
    let day = day(&browser.tab).await;
    written.lines().map(|line| without_times(line, &day)).collect::<Vec<_>>().join("\n") + "\n"
}

fn text(value: &Value) -> String {
    match &value["value"] {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn children<'a>(node: &'a Value, by_id: &'a HashMap<&str, &Value>) -> impl Iterator<Item = &'a Value> {
    node["childIds"].as_array().into_iter().flatten().filter_map(|id| by_id.get(id.as_str()?).copied())
}

fn write_node(node: &Value, by_id: &HashMap<&str, &Value>, depth: usize, to: &mut String) {
    let role = text(&node["role"]);
    let says_something = node["ignored"] != true && !["none", "generic", "LabelText", "LineBreak"].contains(&&*role);
    if role == "InlineTextBox" {
        return;
    }
    if !says_something {
        return children(node, by_id).for_each(|child| write_node(child, by_id, depth, to));
    }
    let name = text(&node["name"]);
    let role = if role == "StaticText" { "text" } else { &role };
    let _ = write!(to, "{}{role}", "  ".repeat(depth));
    if !name.is_empty() {
        let _ = write!(to, " \"{name}\"");
    }
    for (mark, value) in [(" = ", text(&node["value"])), (" — ", text(&node["description"]))] {
        if !value.is_empty() {
            let _ = write!(to, "{mark}\"{value}\"");
        }
    }
    for property in node["properties"].as_array().into_iter().flatten() {
        let (of, value) = (property["name"].as_str().unwrap(), text(&property["value"]));
        if STATES.contains(&of) && value != "false" && !value.is_empty() {
            let _ = if value == "true" { write!(to, " [{of}]") } else { write!(to, " [{of}: {value}]") };
        }
    }
    to.push('\n');
    if WHOLE.contains(&role) {
        return;
    }
    for child in children(node, by_id) {
        // What it is called by it says already.
        if text(&child["role"]) != "StaticText" || !name.contains(&text(&child["name"])) {
            write_node(child, by_id, depth + 1, to);
        }
    }
}

/// The reminder's, in words; it is another one in each run.
pub(super) async fn day(tab: &Tab) -> String {
    let day =
        "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('#field-reminderDate-hint')?.textContent";
    let day = tab.read(day).await;
    day.as_str().filter(|day| !day.is_empty()).unwrap_or("…").to_owned()
}

/// What is another one in each run.
pub(super) fn without_times(line: &str, day: &str) -> String {
    let line = line.replace(day, "…");
    let is_digit = |letter: &char| letter.is_numeric();
    let indent = line.len() - line.trim_start().len();
    let masked = line.trim_start().split(' ').map(|word| {
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let is_time = bare.contains(['/', ':', '-'])
            && bare.chars().filter(is_digit).count() >= 3
            && bare.chars().all(|letter| letter.is_numeric() || "/:-,.؛،\u{200f}".contains(letter));
        let is_half_of_day = ["AM", "PM", "ص", "م"].contains(&bare);
        let is_address = bare.starts_with("http");
        if is_time || is_half_of_day || is_address { word.replace(bare, "…") } else { word.to_owned() }
    });
    [" ".repeat(indent), masked.collect::<Vec<_>>().join(" ")].concat()
}

fn agreed() -> String {
    fs::read_to_string(root().join(AGREED)).unwrap_or_default()
}

fn whole(heard: &[(&str, String)]) -> String {
    heard.iter().map(|(state, told)| format!("== {state}\n{told}\n")).collect()
}

fn is_same(tag: &str, now: &str, agreed: &str) {
    let differs = now.lines().zip(agreed.lines()).enumerate().find(|(_, (now, agreed))| now != agreed);
    if let Some((at, (now, agreed))) = differs {
        panic!("{tag}, line {}: agreed was\n{agreed}\nand now it is\n{now}\n{ADVICE}", at + 1);
    }
    assert_eq!(now.lines().count(), agreed.lines().count(), "{tag}: {ADVICE}");
}

/// It is told as the file has it.
pub(super) fn is_as_agreed(heard: &[(&str, String)]) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(root().join(AGREED), whole(heard)).unwrap();
    }
    is_same("en", &whole(heard), &agreed());
}

/// The same elements in the same states, whatever they are called.
pub(super) fn is_built_as_agreed(tag: &str, heard: &[(&str, String)]) {
    let built = |told: &str| {
        let lines = told.lines().map(|line| line.split('"').step_by(2).collect::<String>());
        lines.collect::<Vec<_>>().join("\n")
    };
    is_same(tag, &built(&whole(heard)), &built(&agreed()));
}
