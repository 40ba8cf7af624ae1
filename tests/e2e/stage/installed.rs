//! A relay that was installed from its package on a root of its own, which `cargo xtask soak installed` has laid. It is set as
//! docs/OPERATING.md says, by the lines of the package's own settings.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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
const STORE: &str = "path = \"/var/lib/bzctrl-relay/relay.sqlite\"\n";
const KEY: &str = "var/lib/bzctrl-relay/relay.seal-key";
const ACCOUNT: &str = "bzctrl-relay";
const RELAY: [&str; 3] = ["/usr/bin/bzctrl-relay", "--config", "/etc/bzctrl-relay/relay.toml"];
/// A machine boots in some seconds.
const START: Duration = Duration::from_secs(60);

/// The sandbox, the installed relay before it, and a host that signs who its user is.
pub(crate) struct Installed {
    pub(crate) host: Host,
    pub(crate) backend: Backend,
    pub(crate) sandbox: Sandbox,
    relay: String,
    health: String,
    root: PathBuf,
    machine: Program,
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
        let said = done(within(&root).args(RELAY).arg("check"));
        assert!(said.contains("is right"), "{said}");
        let machine = boot(&root);
        let stage = Self { host, backend, sandbox, relay, health, root, machine };
        stage.is_ready().await;
        stage
    }

    pub(crate) fn relay(&self) -> &str {
        &self.relay
    }

    async fn is_ready(&self) {
        assert_eq!(ready(&self.health).await.trim(), "ready");
    }

    /// The newer package over this one, while the relay runs: what is the operator's stays, and the new program serves.
    pub(crate) async fn upgrade(&self) {
        let file = |name: &str| fs::read_to_string(self.root.join(name)).unwrap();
        let (settings, key, before) = (file(SETTINGS), file(KEY), self.process());
        assert!(!settings.contains("STORES.md"), "the older package's settings are others than the newer one's");
        // Nobody is there to be asked, as with unattended upgrades.
        done(&mut self.inside(&["dpkg", "--force-confdef", "--force-confold", "--install", "/newer.deb"]));
        self.is_ready().await;
        assert_ne!(self.process(), before, "the older program serves on");
        assert_eq!((file(SETTINGS), file(KEY)), (settings, key));
        assert!(file("etc/bzctrl-relay/relay.toml.dpkg-dist").contains("STORES.md"), "the newer settings, to look at");
    }

    /// A PostgreSQL on the machine in place of the file, reached by its socket, as docs/STORES.md has it.
    pub(crate) async fn store_in_postgresql(&self) {
        for command in [["createuser", ACCOUNT].as_slice(), &["createdb", "--owner", ACCOUNT, "bzctrl"]] {
            done(self.inside(&["runuser", "-u", "postgres", "--"]).args(command));
        }
        let text = fs::read_to_string(self.root.join(SETTINGS)).unwrap();
        assert!(text.contains(STORE), "{text}");
        let database =
            format!("url = \"postgres://{ACCOUNT}@/bzctrl?host=/run/postgresql\"\n[seal]\nkey_file = \"/{KEY}\"\n");
        fs::write(self.root.join(SETTINGS), text.replace(STORE, &database)).unwrap();
        let before = self.process();
        let said = self.operator(&["check", "--online"]);
        assert!(said.contains("/run/postgresql") && said.contains("is right"), "{said}");
        done(&mut self.inside(&["systemctl", "restart", ACCOUNT]));
        self.is_ready().await;
        assert_ne!(self.process(), before);
    }

    /// A command of the relay's, as its user: whoever a database on the machine knows by name.
    pub(crate) fn operator(&self, command: &[&str]) -> String {
        done(self.inside(&["runuser", "-u", ACCOUNT, "--"]).args(RELAY).args(command))
    }

    /// The number of the relay's process, on its machine.
    fn process(&self) -> String {
        done(&mut self.inside(&["systemctl", "show", "--property", "MainPID", "--value", ACCOUNT]))
    }

    /// A command on the machine that runs.
    fn inside(&self, arguments: &[&str]) -> Command {
        let first = format!("/proc/{0}/task/{0}/children", self.machine.id());
        let first = fs::read_to_string(first).unwrap();
        let mut command = Command::new("nsenter");
        command.args(["--all", "--target", first.split_whitespace().next().expect("the machine runs")]);
        command.args(arguments).env("LC_ALL", "C.UTF-8").env("DEBIAN_FRONTEND", "noninteractive");
        command
    }
}

/// What a command says that has to succeed.
fn done(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    said.into_owned()
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
