//! The relay with the settings of its example file, but for a journey's own addresses and store.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    Mode,
    program::{Program, built, target},
    sandbox::Sandbox,
};

pub(crate) struct Relay {
    program: Option<Program>,
    settings: Vec<(&'static str, String)>,
    address: String,
}

impl Relay {
    pub(super) fn start(sandbox: &Sandbox, origin: &str, store: &Path, widget: &Path, mode: Mode) -> Self {
        Self::identified(sandbox, origin, store, widget, mode, Vec::new())
    }

    /// `identity` says how a user is known.
    pub(super) fn identified(
        sandbox: &Sandbox,
        origin: &str,
        store: &Path,
        widget: &Path,
        mode: Mode,
        identity: Vec<(&'static str, String)>,
    ) -> Self {
        let bzctrl = sandbox.address();
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let mut settings = vec![
            ("STORE__PATH", path(&store.join("relay.sqlite"))),
            ("WIDGET__FOLDER", path(widget)),
            ("BZCTRL__TOKEN_ENDPOINT", format!("{bzctrl}/bzctrl-core-api/oauth/token")),
            ("BZCTRL__TASK_ENDPOINT", format!("{bzctrl}/bzctrl-core-api/api/v1/task/add-task")),
            ("BZCTRL__APP_URL", format!("{bzctrl}/app/")),
            ("TENANTS__DEMO__ORIGINS", origin.to_owned()),
            (
                "TENANTS__DEMO__MODE",
                match mode {
                    Mode::Sealed => "sealed".to_owned(),
                    Mode::Token => "token".to_owned(),
                },
            ),
        ];
        settings.extend(identity);
        let mut relay = Self { program: None, settings, address: "http://127.0.0.1:0".to_owned() };
        relay.come_back();
        relay
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The relay is gone at once, whatever it was doing.
    pub(crate) fn kill(&mut self) {
        self.program.take().unwrap().kill();
    }

    /// It takes connections and does nothing, until it goes on.
    pub(crate) fn stops(&self) {
        self.program.as_ref().unwrap().signal("STOP");
    }

    pub(crate) fn goes_on(&self) {
        self.program.as_ref().unwrap().signal("CONT");
    }

    /// What it has stored goes: after a fault of its disk it begins anew.
    pub(crate) fn loses_its_store(&self) {
        self.remove("relay.sqlite");
    }

    /// The key of its tokens goes, and with it every token that it has given.
    pub(crate) fn loses_its_seal(&self) {
        self.remove("relay.seal-key");
    }

    /// Files beside the store, whose names begin so.
    fn remove(&self, name: &str) {
        let (_, store) = self.settings.iter().find(|(setting, _)| *setting == "STORE__PATH").unwrap();
        let files = fs::read_dir(Path::new(store).parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
        let meant: Vec<_> =
            files.filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with(name)).collect();
        assert!(!meant.is_empty(), "{name} is not there");
        meant.iter().for_each(|file| fs::remove_file(file).unwrap());
    }

    /// It runs again: same address, same store.
    pub(crate) fn come_back(&mut self) {
        let listen = self.address.strip_prefix("http://").unwrap();
        let mut command = Command::new(built("bzctrl-relay"));
        command.args(["--config", "crates/relay/relay.example.toml"]).env("BZCTRL_RELAY__SERVER__LISTEN", listen);
        command.env("BZCTRL_RELAY__LOG__FILTER", "error");
        for (name, value) in &self.settings {
            command.env(format!("BZCTRL_RELAY__{name}"), value);
        }
        let (program, address) = Program::start(command, "listening on ");
        (self.program, self.address) = (Some(program), address);
    }
}

/// The widget's folder of a relay that is upgraded: what was built is the new release, and stands under another version for
/// the older one.
pub(crate) struct Releases {
    folder: TempDir,
    newer: String,
}

impl Releases {
    pub(crate) const OLDER: &str = "0.0.1-older";

    /// The older release alone.
    pub(super) fn older_alone() -> Self {
        let built = target().join("widget");
        let manifest: Value = serde_json::from_slice(&fs::read(built.join("v1/manifest.json")).unwrap()).unwrap();
        let newer = manifest["version"].as_str().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        for (from, to) in [(newer.as_str(), Self::OLDER), ("v1", "v1")] {
            copy(&built.join(from), &folder.path().join(to));
            let loader = folder.path().join(to).join("bzctrl.js");
            let script = fs::read_to_string(&loader).unwrap();
            assert!(script.contains(&newer));
            fs::write(&loader, script.replace(&newer, Self::OLDER)).unwrap();
            // What was compressed of the newer one would be served in its place.
            for encoding in ["br", "gz"] {
                fs::remove_file(loader.with_extension(format!("js.{encoding}"))).unwrap();
            }
        }
        Self { folder, newer }
    }

    /// What the manifest of what was built says of its files: name, and bytes as brotli.
    pub(crate) fn files_that_were_built() -> Vec<(String, u64)> {
        let manifest = fs::read(target().join("widget/v1/manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let files = manifest["files"].as_array().unwrap().iter();
        files.map(|file| (file["name"].as_str().unwrap().to_owned(), file["brotli"].as_u64().unwrap())).collect()
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Lays the new release over it, as an upgrade does; its version.
    pub(crate) fn upgrade(&self) -> &str {
        for part in [&self.newer, "v1"] {
            copy(&target().join("widget").join(part), &self.folder.path().join(part));
        }
        &self.newer
    }
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let file = entry.unwrap().path();
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}
