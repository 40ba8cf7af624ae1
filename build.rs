//! Takes comments and needless space out of the form's style sheets: pages load them with the form's code.

use std::{env, error::Error, fs, path::PathBuf};

const WRITTEN: [&str; 2] = ["bzctrl.css", "bzctrl_later.css"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo has set no OUT_DIR")?);
    for name in WRITTEN {
        let written = format!("www/{name}");
        println!("cargo::rerun-if-changed={written}");
        fs::write(folder.join(name), dense(&fs::read_to_string(written)?))?;
    }
    Ok(())
}

/// The same sheet on one line. No string in it may hold a comment's signs, two spaces, or a space beside one of these.
fn dense(sheet: &str) -> String {
    let behind_comments = sheet.split("/*").enumerate().map(|(at, part)| match part.split_once("*/") {
        Some((_, behind)) if at > 0 => behind,
        _ => part,
    });
    let words = behind_comments.flat_map(str::split_whitespace).collect::<Vec<_>>();
    let mut dense = words.join(" ");
    for sign in ["{", "}", ";", ",", ">", ":"] {
        dense = dense.replace(&format!("{sign} "), sign);
    }
    // A space before a colon is a descendant's.
    for sign in ["{", "}", ">"] {
        dense = dense.replace(&format!(" {sign}"), sign);
    }
    dense.replace(";}", "}")
}
