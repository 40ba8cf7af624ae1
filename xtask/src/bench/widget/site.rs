//! The pages: the same host's page for each form, the form's code as esbuild bundles it, all of it compressed as the widget's own
//! files are; and the server that has them.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    http::{HeaderValue, header},
    middleware::map_response,
    response::Response,
    routing::post,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use tower_http::services::ServeDir;

use super::plan::{FORMS, LARGER, ON_LARGER};
use crate::{
    machine, npm, package, release_file,
    step::{Step, once},
};

/// The rows that every page has.
const ROWS: u32 = 12;
/// Elements in one of them.
const IN_A_ROW: u32 = 10;

/// Lays all pages into `target/bench/site`, unless they lie there already.
///
/// # Errors
///
/// When esbuild fails.
pub(super) fn lay(modules: &Path) -> Result<PathBuf> {
    let site = machine::target().join("bench/site");
    let sources = machine::root().join("xtask/bench/widget/pages");
    let page = fs::read_to_string(sources.join("host.html")).context("the host's page is missing")?;
    once(&machine::target().join("bench/site-made-of"), &made_of(&sources)?, || {
        if site.exists() {
            fs::remove_dir_all(&site)?;
        }
        for (form, _) in FORMS {
            let folder = site.join(form);
            fs::create_dir_all(&folder)?;
            for script in scripts(form) {
                bundle(script, &sources, modules, &folder)?;
            }
            fs::write(folder.join("0.html"), filled(&page, form, 0))?;
            compress(&folder)?;
        }
        for (form, elements) in ON_LARGER.into_iter().flat_map(|form| LARGER.map(|elements| (form, elements))) {
            fs::write(site.join(form).join(format!("{elements}.html")), filled(&page, form, elements))?;
        }
        Ok(())
    })?;
    Ok(site)
}

/// What a form's page is bundled of.
fn scripts(form: &'static str) -> &'static [&'static str] {
    match form {
        "none" | "bzctrl" => &[],
        "preact" => &["preact"],
        "react" => &["react"],
        "rjsf" => &["rjsf"],
        "surveyjs" => &["surveyjs"],
        "formio" => &["formio"],
        _ => &["sentry", "sentry-form"],
    }
}

/// All that the pages are made of.
fn made_of(sources: &Path) -> Result<Vec<u8>> {
    let mut files = fs::read_dir(sources)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    files.push(sources.with_file_name("package-lock.json"));
    let mut hash = Sha256::new_with_prefix(include_str!("site.rs"));
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    Ok(hash.finalize().to_vec())
}

/// The host's page with a form's button and script, and so many elements more.
fn filled(page: &str, form: &str, elements: u32) -> String {
    let button = r#"<button type="button" id="report">Report incident</button>"#;
    let script = |address: &str| format!(r#"<script type="module" src="{address}"></script>"#);
    let (script, button) = match form {
        "none" => (String::new(), button.to_owned()),
        "bzctrl" => (
            script("/widget/v1/bzctrl.js"),
            format!(
                r#"<bzctrl-todo domain-work-space="EXA-CON-BUS-WOR" reporter="user@example.com" order-id="ORDER 777" lrn="725462">{button}</bzctrl-todo>"#
            ),
        ),
        form => (script(&format!("/{form}/{form}.js")), button.to_owned()),
    };
    let mut rows = String::new();
    for row in 0..ROWS + elements / IN_A_ROW {
        let order = 700 + row;
        let _ = writeln!(
            rows,
            "<tr><td>ORDER {order}<td>Oldenveld Fruit<td>EXAU {order:06} 1<td>Noorderlicht Star<td>23 Nov 22:45<td>{}<td>B04-12-{}\
             <td class=hold>Hold: customs<td>Doors closed</tr>",
            12_000 + row % 97,
            row % 13
        );
    }
    page.replace("{{script}}", &script).replace("{{button}}", &button).replace("{{rows}}", &rows)
}

/// A form's code, as a host ships it: minified, and what is not wanted at page load in files of its own.
fn bundle(form: &str, sources: &Path, modules: &Path, folder: &Path) -> Result<()> {
    let mut command = Command::new("node");
    command.arg(modules.join("esbuild/bin/esbuild")).arg(sources.join(format!("{form}.js"))).env("NODE_PATH", modules);
    command.args(["--bundle", "--minify", "--splitting", "--format=esm", "--jsx=automatic", npm::BROWSERS]);
    command.arg(r#"--define:process.env.NODE_ENV="production""#).arg("--legal-comments=none");
    command.arg(format!("--outdir={}", folder.display()));
    Step::new(format!("bundle {form}"), command).run()
}

/// Lays each file's brotli beside it.
fn compress(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let packed = file.with_added_extension("br");
        fs::write(packed, release_file::brotli(&fs::read(&file)?)?)?;
    }
    Ok(())
}

/// Serves it on this machine as long as this program lives; where.
///
/// # Errors
///
/// When no port can be had.
pub(super) fn serve(site: &Path) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port can be had")?;
    let address = format!("http://{}", listener.local_addr()?);
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let router = router(site);
    thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        })
    });
    Ok(address)
}

fn router(site: &Path) -> Router {
    // No todo is sent: a token is all that the widget asks for, and a word on the session all that Sentry tells.
    let token = json!({
        "access_token": "measured", "token_type": "Bearer", "expires_in": 3600, "epoch": "measured", "mode": "sealed", "task_endpoint": "tasks"
    });
    Router::new()
        .route("/v1/token", post(move || async { Json(token) }))
        .route("/api/1/envelope/", post(|| async { Json(json!({})) }))
        .nest_service("/widget", ServeDir::new(package::folder()).precompressed_br())
        .fallback_service(ServeDir::new(site).precompressed_br())
        .layer(map_response(|mut response: Response| async {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
            response
        }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn page(form: &str, elements: u32) -> String {
        let page = fs::read_to_string(machine::root().join("xtask/bench/widget/pages/host.html")).unwrap();
        filled(&page, form, elements)
    }

    #[test]
    fn a_larger_page_has_so_many_elements_more() {
        let count = |page: &str| ["<tr>", "<td"].map(|tag| page.matches(tag).count()).iter().sum::<usize>();
        for elements in LARGER {
            assert_eq!(count(&page("bzctrl", elements)) - count(&page("bzctrl", 0)), elements as usize);
        }
    }

    #[test]
    fn every_page_is_the_same_but_for_its_form() {
        let [none, ours, react] = ["none", "bzctrl", "react"].map(|form| page(form, 0));
        assert!(!none.contains("<script") && !none.contains("{{"), "{none}");
        assert!(ours.contains(r#"<script type="module" src="/widget/v1/bzctrl.js"></script>"#), "{ours}");
        assert_eq!(react.replace(r#"<script type="module" src="/react/react.js"></script>"#, ""), none);
        let bare = ours
            .replace(r#"<script type="module" src="/widget/v1/bzctrl.js"></script>"#, "")
            .replace("</bzctrl-todo>", "");
        let (before, after) = bare.split_once("<bzctrl-todo").unwrap();
        assert_eq!(format!("{before}{}", after.split_once('>').unwrap().1), none);
    }
}
