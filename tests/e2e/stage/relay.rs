//! The relay with the settings of its example file, but for a journey's own addresses and store.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

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
    pub(super) fn start(sandbox: &Sandbox, origin: &str, store: &Path, mode: Mode) -> Self {
        let bzctrl = sandbox.address();
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        let settings = vec![
            ("STORE__PATH", path(store.join("relay.sqlite"))),
            ("WIDGET__FOLDER", path(target().join("widget"))),
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
