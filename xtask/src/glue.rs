//! The glue between the page and the WebAssembly: wasm-bindgen's, with our own beginning before it.

use anyhow::{Result, bail};
use serde_json::json;

/// What the loader uses of the glue, in place of what wasm-bindgen would have it use.
const START: &str = concat!(include_str!("../../www/start.js"), include_str!("../../www/frame.js"));

/// What wasm-bindgen exports.
const OWN_START: &str = "export { initSync, __wbg_init as default };";

/// What wasm-bindgen passes a text by: letter by letter, while they are those of ASCII. Ours is shorter, and for long texts far faster.
const OF_TEXTS: &str = "\nfunction passStringToWasm0(";

/// The lines of ours that a release fills.
const LATER_LINE: &str = "const [LATER, LATER_GLUE] =";
const LANGUAGES_LINE: &str = "const LANGUAGES =";
const PLACES_LINE: &str = "const [INCIDENT, TASK, CANCEL, NOT_LOADED, TRY_NOW] =";
const STYLE_LINE: &str = "const STYLE =";

/// wasm-bindgen's glue behind our own beginning, which alone exports.
///
/// # Errors
///
/// When it is not as is known.
pub(crate) fn with_start(glue: &str) -> Result<String> {
    let Some((functions, "")) = glue.trim_end().split_once(OWN_START) else {
        bail!("wasm-bindgen's glue does not end with `{OWN_START}`");
    };
    let Some((before, (_, behind))) =
        functions.split_once(OF_TEXTS).and_then(|(before, rest)| Some((before, rest.split_once("\n}\n")?)))
    else {
        bail!("wasm-bindgen's glue has no function of its own by which texts are passed");
    };
    Ok([START, &[before, "\n", behind].concat().replace("\nexport function ", "\nfunction ")].concat())
}

/// The glue that knows the hashes of the second part, empty where there is none, and of what of the glue comes with it; and the style
/// sheet.
///
/// # Errors
///
/// When it has not exactly one line for each.
pub(crate) fn filled(glue: &str, later: &[String; 2], style: &str) -> Result<String> {
    let glue = fill(glue, "start.js", LATER_LINE, &format!("{LATER_LINE} {};", json!(later)))?;
    fill(&glue, "start.js", STYLE_LINE, &format!("{STYLE_LINE} {};", json!(style)))
}

/// The glue that knows by which hashes it fetches the languages, and where in them the sentences of the form's frame stand.
///
/// # Errors
///
/// When it has not exactly one line for each.
pub(crate) fn speaking(glue: &str, hashes: &str, places: &[usize]) -> Result<String> {
    let glue = fill(glue, "start.js", LANGUAGES_LINE, &format!("{LANGUAGES_LINE} {hashes};"))?;
    fill(&glue, "frame.js", PLACES_LINE, &format!("{PLACES_LINE} {places:?};"))
}

/// A script with its marked line filled.
///
/// # Errors
///
/// When it has not exactly one.
pub(crate) fn fill(script: &str, name: &str, mark: &str, with: &str) -> Result<String> {
    let mut lines: Vec<&str> = script.lines().collect();
    let mut marked = lines.iter_mut().filter(|line| line.trim_start().starts_with(mark));
    let (Some(line), None) = (marked.next(), marked.next()) else {
        bail!("www/{name} needs exactly one line that starts with `{mark}`: a release fills it");
    };
    *line = with;
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    pub(crate) const OF_BINDGEN: &str = "/** Opens. */\nexport function open() {}\n\n\
        function passStringToWasm0(text) {\n    if (text) {\n    }\n}\nlet wasm;\n\
        export { initSync, __wbg_init as default };\n";

    #[test]
    fn wasm_bindgens_functions_stand_behind_ours_and_are_not_exported() {
        let ours = format!("{START}/** Opens. */\nfunction open() {{}}\n\nlet wasm;\n");
        assert_eq!(with_start(OF_BINDGEN).unwrap(), ours);
    }

    #[test]
    fn glue_that_does_not_end_as_is_known_is_refused() {
        assert!(with_start("export function open() {}\n").is_err());
        assert!(with_start(&format!("{OWN_START}\nexport function open() {{}}\n")).is_err());
        assert!(with_start(&OF_BINDGEN.replace("passString", "giveString")).is_err());
    }

    #[test]
    fn a_style_sheet_is_filled_in_as_a_text_of_one_line_whatever_it_holds() {
        let glue = filled(
            &with_start(OF_BINDGEN).unwrap(),
            &["sha256-abc=".to_owned(), String::new()],
            "a::after {\n content: '\"\\';\n}\n",
        )
        .unwrap();
        assert!(glue.contains("\nconst [LATER, LATER_GLUE] = [\"sha256-abc=\",\"\"];\n"), "{glue}");
        assert!(glue.contains("\nconst STYLE = \"a::after {\\n content: '\\\"\\\\';\\n}\\n\";\n"), "{glue}");
    }
}
