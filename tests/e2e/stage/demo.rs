//! The demo, as `cargo xtask demo` starts it.

use std::{fs, net::TcpListener, path::PathBuf, process::Command};

use super::{
    program::{Program, built, target},
    sandbox::Sandbox,
};

pub(crate) struct Demo {
    pub(crate) sandbox: Sandbox,
    base_port: u16,
    program: Option<Program>,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let base_port = three_free_ports();
        let mut command = Command::new(built("xtask"));
        command.args(["demo", "--no-open", "--base-port", &base_port.to_string()]);
        command.env("RUST_LOG", "error").env("BZCTRL_RELAY__LOG__FILTER", "error");
        let (program, screen) = Program::start(command, "order screen ");
        assert_eq!(screen, format!("http://127.0.0.1:{base_port}/"));
        Self { sandbox: Sandbox::at(format!("http://127.0.0.1:{}", base_port + 2)), base_port, program: Some(program) }
    }

    /// The order screen, by the host name that a user may type.
    pub(crate) fn order_screen(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.base_port)
    }

    /// Ends it as Ctrl-C does, and says which of its ports are still taken.
    pub(crate) fn end(mut self) -> Vec<u16> {
        drop(self.program.take());
        ports(self.base_port).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_err()).collect()
    }

    /// Where its relay keeps its rows.
    fn store(&self) -> PathBuf {
        target().join("demo").join(self.base_port.to_string())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.program.take());
        let _ = fs::remove_dir_all(self.store());
    }
}

fn ports(base: u16) -> std::ops::Range<u16> {
    base..base + 3
}

/// Below those that the system gives out by itself.
fn three_free_ports() -> u16 {
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    (first..32_000).step_by(3).find(|base| ports(*base).all(free)).unwrap()
}
