//! A relay that was installed from its package on a root of its own, which `cargo xtask soak installed` has laid. It is set as
//! docs/OPERATING.md says, by the lines of the package's own settings.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tokio::net::TcpListener;

use super::{
    backend::{Backend, ISSUER},
    host::{self, Host},
    program::Program,
    sandbox::Sandbox,
};

const SETTINGS: &str = "etc/bzctrl-relay/relay.toml";
const ACCOUNT: &str = "bzctrl-relay";
/// A machine boots in some seconds.
const START: Duration = Duration::from_secs(60);

/// The sandbox, the installed relay before it, and a host that signs who its user is.
pub(crate) struct Installed {
    pub(crate) host: Host,
    pub(crate) backend: Backend,
    pub(crate) sandbox: Sandbox,
    relay: String,
    _machine: Program,
}

impl Installed {
    /// Sets it, checks it, and boots the machine that it is on.
    pub(crate) async fn set() -> Self {
        let root = PathBuf::from(env::var_os("INSTALLED_ROOT").expect("cargo xtask soak installed says where it is"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = host::origin(&listener);
        let sandbox = Sandbox::start(None);
        let relay = format!("http://{}", free().await);
        let health = free().await;
        edit(&root.join(SETTINGS), &sandbox, &origin, &relay, &health);
        write_password(&root);
        let backend = Backend::new();
        backend.signs_for(&relay);
        let host = Host::serve(listener, &origin, &relay, "", &backend);
        let arguments = ["/usr/bin/bzctrl-relay", "--config", "/etc/bzctrl-relay/relay.toml"];
        let check = within(&root).args(arguments).arg("check").output().unwrap();
        let said = String::from_utf8_lossy(&check.stdout) + String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success() && said.contains("is right"), "{said}");
        let machine = boot(&root);
        assert_eq!(ready(&health).await.trim(), "ready");
        Self { host, backend, sandbox, relay, _machine: machine }
    }

    pub(crate) fn relay(&self) -> &str {
        &self.relay
    }
}

async fn free() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

/// What is marked by SET, and the ports, which may be taken on this machine.
fn edit(file: &Path, sandbox: &Sandbox, origin: &str, relay: &str, health: &str) {
    let mut text = fs::read_to_string(file).unwrap();
    let bzctrl = sandbox.address();
    let listen = relay.strip_prefix("http://").unwrap();
    let environment = format!(
        "environment = \"custom\"\nname = \"sandbox\"\n\
         token_endpoint = \"{bzctrl}/bzctrl-core-api/oauth/token\"\n\
         task_endpoint = \"{bzctrl}/bzctrl-core-api/api/v1/task/add-task\"\napp_url = \"{bzctrl}/app/\""
    );
    let identity =
        format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"{origin}/jwks.json\"\n# identity");
    for (before, after) in [
        ("listen = \"127.0.0.1:8081\"", format!("listen = \"{listen}\"")),
        ("health_listen = \"127.0.0.1:9081\"", format!("health_listen = \"{health}\"")),
        ("public_url = \"https://relay.example.com\"", format!("public_url = \"{relay}\"")),
        ("environment = \"acc\"", environment),
        ("[tenants.example]", "[tenants.orders]".to_owned()),
        ("origins = [\"https://orders.example.com\"]", format!("origins = [\"{origin}\"]")),
        ("identity = \"origin\"", identity),
    ] {
        assert!(text.contains(&format!("\n{before}\n")), "{before} is not in the package's settings");
        text = text.replacen(&format!("\n{before}\n"), &format!("\n{after}\n"), 1);
    }
    fs::write(file, text).unwrap();
}

/// As the page has it: for the relay's group alone.
fn write_password(root: &Path) {
    let file = "/etc/bzctrl-relay/password";
    let made = within(root).args(["install", "-m", "0640", "-o", "root", "-g", ACCOUNT, "/dev/null", file]).status();
    assert!(made.unwrap().success());
    fs::write(root.join(file.trim_start_matches('/')), "sandbox-secret\n").unwrap();
}

/// A command on that root.
fn within(root: &Path) -> Command {
    let mut command = Command::new("chroot");
    command.arg(root);
    command
}

/// The root, booted: systemd starts the unit, confined as it says. It shares this machine's network.
fn boot(root: &Path) -> Program {
    assert!(within(root).args(["systemctl", "enable", ACCOUNT]).status().unwrap().success());
    let mut command = Command::new("systemd-nspawn");
    command.args(["--quiet", "--register=no", "--keep-unit", "--boot", "--directory"]).arg(root);
    Program::run(command)
}

/// What its health listener says, once it says anything.
async fn ready(health: &str) -> String {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let deadline = Instant::now() + START;
    loop {
        match http.get(format!("http://{health}/readyz")).send().await {
            Ok(answer) => return answer.text().await.unwrap(),
            Err(error) => assert!(Instant::now() < deadline, "the unit has not started: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
