//! The backend of `examples/backend`, which a company runs in the relay's place.

use std::{path::Path, process::Command};

use tempfile::TempDir;

use super::{
    program::{Program, root},
    sandbox::Sandbox,
};

pub(crate) struct Backend {
    program: Option<Program>,
    settings: Vec<(&'static str, String)>,
    address: String,
    journal: TempDir,
}

impl Backend {
    /// For pages of this origin.
    pub(crate) fn start(sandbox: &Sandbox, origin: &str) -> Self {
        let (bzctrl, journal) = (sandbox.address(), tempfile::tempdir().unwrap());
        let settings = vec![
            ("ORIGIN", origin.trim_end_matches('/').to_owned()),
            ("WORKSPACE", "EXA-CON-BUS-WOR".to_owned()),
            ("TOKEN_ENDPOINT", format!("{bzctrl}/bzctrl-core-api/oauth/token")),
            ("TASK_ENDPOINT", format!("{bzctrl}/bzctrl-core-api/api/v1/task/add-task")),
            ("USERNAME", "relay@example.com".to_owned()),
            ("PASSWORD", "sandbox-secret".to_owned()),
        ];
        let mut backend = Self { program: None, settings, address: "http://127.0.0.1:0".to_owned(), journal };
        backend.come_back();
        backend
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn kill(&mut self) {
        self.program.take().unwrap().kill();
    }

    /// It runs again: same address, same journal.
    pub(crate) fn come_back(&mut self) {
        let mut command = Command::new("node");
        command.arg(Path::new(root()).join("examples/backend/server.mjs")).envs(self.settings.clone());
        command.env("PORT", self.address.rsplit(':').next().unwrap());
        command.env("JOURNAL", self.journal.path().join("tasks.jsonl"));
        let (program, address) = Program::start(command, "listening on ");
        (self.program, self.address) = (Some(program), address);
    }
}
