#![allow(clippy::unwrap_used)]

use super::*;

fn parts(loader: &str) -> Parts {
    Parts {
        loader: loader.to_owned(),
        glue: File { name: GLUE, bytes: b"glue".to_vec() },
        style: File { name: STYLE, bytes: b"".to_vec() },
        wasm: File { name: WASM, bytes: b"wasm".to_vec() },
        later: None,
        later_glue: None,
        languages: Vec::new(),
        small_by: None,
        library_for_size: false,
    }
}

/// Lays a release; its version.
fn lay(parts: Parts, folder: &Path) -> String {
    let release = parts.release().unwrap();
    release.lay(folder).unwrap();
    release.version
}

const WRITTEN: &str = "// The loader.\nconst RELEASE = { version: 'dev', glue: '', wasm: '' };\nuse(RELEASE);\n";

#[test]
fn a_release_stands_at_the_addresses_that_relays_serve() {
    let folder = tempfile::tempdir().unwrap();
    let version = lay(parts(WRITTEN), folder.path());
    assert!(version.starts_with(concat!(env!("CARGO_PKG_VERSION"), "-")));
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let loader = text("v1/bzctrl.js");
    assert_eq!(
        loader,
        format!(
            "// The loader.\nconst RELEASE = {{ version: '{version}', glue: 'sha256-mVUt6ZmKK4Jn34C1mENCQ33aMkaJ4tfGtqDIp/OS/7U=', \
             wasm: 'sha256-M2FUv2f3Zfj3XRagrM7mG17l9qdbKikFcD35E71VDz4=' }};\nuse(RELEASE);\n"
        )
    );
    assert_eq!(text(&format!("{version}/bzctrl.js")), loader);
    assert_eq!(text(&format!("{version}/bzctrl_widget.js")), "glue");
    assert_eq!(text(&format!("{version}/bzctrl_widget_bg.wasm")), "wasm");
    let manifest: serde_json::Value = serde_json::from_str(&text("v1/manifest.json")).unwrap();
    assert_eq!(manifest["version"], version);
    assert_eq!(manifest["files"][0]["name"], "bzctrl.js");
    assert_eq!(manifest["files"][0]["size"], loader.len());
    assert_eq!(manifest["files"][2]["integrity"].as_str().unwrap().len(), 51);
    assert_eq!(text(&format!("{version}/manifest.json")), text("v1/manifest.json"));
    assert_eq!(manifest["files"][3]["name"], "bzctrl.d.ts");
    for folder in ["v1", &version] {
        assert_eq!(text(&format!("{folder}/bzctrl.d.ts")), TYPES_AS_WRITTEN);
    }
}

#[test]
fn what_changes_gets_another_version_and_what_does_not_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = lay(parts(WRITTEN), folder.path());
    let loader = folder.path().join("v1/bzctrl.js");
    let written = fs::metadata(&loader).unwrap().modified().unwrap();
    assert_eq!(lay(parts(WRITTEN), folder.path()), first);
    assert_eq!(fs::metadata(&loader).unwrap().modified().unwrap(), written);

    let mut changed = parts(WRITTEN);
    changed.wasm.bytes.push(b'!');
    let second = lay(changed, folder.path());
    assert_ne!(second, first);
    assert!(
        folder.path().join(first).join("bzctrl.js").exists(),
        "a page that was opened before still finds its files"
    );
    assert!(fs::read_to_string(loader).unwrap().contains(&second));
}

#[test]
fn what_is_compressed_lies_beside_what_it_was_made_of_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = |content: &[u8]| {
        let file = File { name: WASM, bytes: content.to_vec() };
        Release { version: "1.0.0".to_owned(), files: vec![Packed::new(file, true).unwrap()], lack: None }
    };
    let release = shipped(&b"wasm ".repeat(100));
    release.lay(folder.path()).unwrap();
    let at = |name: &str| folder.path().join("1.0.0").join(name);
    let mut plain = Vec::new();
    let mut brotli = fs::File::open(at("bzctrl_widget_bg.wasm.br")).unwrap();
    brotli::BrotliDecompress(&mut brotli, &mut plain).unwrap();
    assert_eq!(plain, b"wasm ".repeat(100));
    plain.clear();
    let mut gzip = flate2::read::GzDecoder::new(fs::File::open(at("bzctrl_widget_bg.wasm.gz")).unwrap());
    std::io::Read::read_to_end(&mut gzip, &mut plain).unwrap();
    assert_eq!(plain, b"wasm ".repeat(100));
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(at("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["files"][0]["brotli"], fs::metadata(at("bzctrl_widget_bg.wasm.br")).unwrap().len());
    assert_eq!(release.until_the_form().count(), 1);

    let file = File { name: WASM, bytes: b"another".to_vec() };
    let built = Packed::new(file, false).unwrap();
    Release { version: "1.0.0".to_owned(), files: vec![built], lack: None }.lay(folder.path()).unwrap();
    assert_eq!(fs::read(at("bzctrl_widget_bg.wasm")).unwrap(), b"another");
    assert!(!at("bzctrl_widget_bg.wasm.br").exists() && !at("bzctrl_widget_bg.wasm.gz").exists());
}

#[test]
fn a_loader_without_the_line_to_fill_is_refused() {
    assert!(parts("export {};\n").loader("1.0.0").is_err());
    assert!(parts(&format!("{WRITTEN}{WRITTEN}")).loader("1.0.0").is_err());
}

#[test]
fn a_folder_of_another_names_is_taken_under_the_names_of_a_release() {
    let folder = tempfile::tempdir().unwrap();
    let loader = folder.path().join("loader.js");
    fs::write(&loader, WRITTEN).unwrap();
    assert!(Parts::read(folder.path(), &loader).is_err());
    fs::write(folder.path().join("bzctrl-widget_bg.wasm"), "wasm").unwrap();
    fs::write(folder.path().join("bzctrl-widget.js"), glue::tests::OF_BINDGEN).unwrap();
    let parts = Parts::read(folder.path(), &loader).unwrap();
    assert_eq!((parts.glue.name, parts.later.is_none()), (GLUE, true));
    assert_eq!((parts.wasm.name, parts.wasm.bytes), (WASM, b"wasm".to_vec()));
}
