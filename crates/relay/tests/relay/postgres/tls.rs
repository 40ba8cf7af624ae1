//! The way to the database by TLS, as a company has it: a certificate of an authority of its own, and a password. What is wrong there is
//! said with what to do.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use tempfile::TempDir;

use super::cluster::{Cluster, is_here};
use super::store;
use crate::program::{Program, relay};
use crate::way_out::{Authority, Validity};
use crate::world::{PASSWORD, Page, Sandbox, incident, settings_of};

const DATABASE: &str = "relays";
const OF_DATABASE: &str = "database-Secret-4711";

/// Who may come in: everybody by TLS and password, and the tests.
const BY_PASSWORD: &str = "hostssl all relay all scram-sha-256\n";
const BY_CERTIFICATE: &str = "hostssl all relay all scram-sha-256 clientcert=verify-ca\n";

/// A database that speaks TLS, and a relay's folder.
struct Encrypted {
    cluster: Cluster,
    authority: Authority,
    sandbox: Sandbox,
    folder: TempDir,
}

impl Encrypted {
    async fn new() -> Self {
        let cluster = Cluster::new(&[]);
        cluster.database(DATABASE);
        cluster.sql("postgres", &format!("ALTER ROLE relay PASSWORD '{OF_DATABASE}'"));
        let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
        let it = Self { cluster, authority: Authority::new(), sandbox, folder };
        it.write("ca.pem", &it.authority.pem());
        it.write("password", PASSWORD);
        it.write("database-password", &format!("{OF_DATABASE}\n"));
        it
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The server has this certificate from now on, and lets in whom these lines name.
    fn serves(&self, (certificate, key): (String, String), lets_in: &str) {
        let data = self.cluster.data();
        let write = |name: &str, text: &str| as_its_own(&data, name, text);
        write("server.crt", &certificate);
        write("server.key", &key);
        write("root.crt", &self.authority.pem());
        write("pg_hba.conf", &format!("host all administrator 127.0.0.1/32 trust\n{lets_in}"));
        self.set("ssl = on");
        self.set("ssl_ca_file = 'root.crt'");
    }

    fn set(&self, setting: &str) {
        self.cluster.sql("postgres", &format!("ALTER SYSTEM SET {setting}"));
        self.cluster.sql("postgres", "SELECT pg_reload_conf()");
        // Each new connection has what the server has read by then.
        std::thread::sleep(std::time::Duration::from_millis(200));
    }

    /// The settings of a relay that comes by this name; `more` belongs to the store.
    fn settings(&self, host: &str, mode: &str, more: &str) -> String {
        let url = format!("postgres://relay@{host}:{}/{DATABASE}?sslmode={mode}", self.cluster.port());
        let own = store(&url, &self.folder);
        let more = more.replace("{folder}", &self.folder.path().display().to_string());
        settings_of(self.sandbox.address, &self.folder, "", &own.replace("[seal]", &format!("{more}\n[seal]")))
    }

    /// What a relay says that does not start.
    fn refused(&self, host: &str, mode: &str, more: &str) -> String {
        std::fs::write(self.folder.path().join("relay.toml"), self.settings(host, mode, more)).unwrap();
        let output = relay(&self.folder).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }
}

/// Writes a file of the server's.
fn as_its_own(data: &Path, name: &str, text: &str) {
    let (file, owner) = (data.join(name), std::fs::metadata(data).unwrap());
    std::fs::write(&file, text).unwrap();
    chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

const TRUSTED: &str = "ca_file = \"{folder}/ca.pem\"\npassword_file = \"{folder}/database-password\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_comes_by_tls_and_password_and_a_changed_password_is_read_anew() {
    if !is_here() {
        return;
    }
    let it = Encrypted::new().await;
    it.serves(it.authority.certificate("localhost", Validity::Now), BY_PASSWORD);
    let program = Program::of(&it.folder, &it.settings("localhost", "verify-full", TRUSTED), "info");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("one")).await.status, 201);
    let encrypted =
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'relay' AND ssl";
    assert_ne!(it.cluster.sql("postgres", encrypted), "0");
    let plain = encrypted.replace("AND ssl", "AND NOT ssl");
    assert_eq!(it.cluster.sql("postgres", &plain), "0");
    let stored = it.cluster.sql("postgres", "SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = 'relay'");
    assert_eq!(stored, "SCRAM-SHA-256");

    // A password that is changed as docs/STORES.md has it: the file first, then the server.
    it.write("database-password", "another-Secret-4712\n");
    it.cluster.sql("postgres", "ALTER ROLE relay PASSWORD 'another-Secret-4712'");
    it.cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'");
    assert_eq!(page.submit(&page.new_key(), &incident("two")).await.status, 201, "{}", program.log());
    // And a certificate that is renewed.
    it.serves(it.authority.certificate("localhost", Validity::Now), BY_PASSWORD);
    it.cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'");
    assert_eq!(page.submit(&page.new_key(), &incident("three")).await.status, 201, "{}", program.log());
    let log = program.log();
    assert!(log.contains("TLS, by those of") && !log.contains("Secret"), "{log}");
    program.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_the_one_meant_is_not_talked_to_and_the_relay_says_what_to_do() {
    if !is_here() {
        return;
    }
    let it = Encrypted::new().await;
    let refused = |mode: &str, more: &str, says: &[&str]| {
        let refused = it.refused("localhost", mode, more);
        for says in says {
            assert!(refused.contains(says), "{says}: {refused}");
        }
        assert!(!refused.contains("Secret"), "{refused}");
    };
    let full = |says: &[&str]| refused("verify-full", TRUSTED, says);

    full(&["the server does not speak TLS", "ssl = on", "sslmode=disable"]);
    it.serves(it.authority.certificate("db.example.com", Validity::Now), BY_PASSWORD);
    full(&["db.example.com", "localhost", "store.url"]);
    it.serves(it.authority.certificate("localhost", Validity::Over), BY_PASSWORD);
    full(&["has expired", "renew it"]);
    it.serves(it.authority.certificate("localhost", Validity::ToCome), BY_PASSWORD);
    full(&["is not valid yet", "clock"]);
    it.serves(Authority::new().certificate("localhost", Validity::Now), BY_PASSWORD);
    full(&["of an authority that is not trusted", "store.ca_file"]);

    let own = it.authority.certificate("localhost", Validity::Now);
    it.serves(own.clone(), BY_CERTIFICATE);
    full(&["connection requires a valid client certificate", "the relay has none", "clientcert"]);
    it.serves(own, BY_PASSWORD);
    let by = |ca: &str, password: &str| format!("{ca}\n{password}");
    let (ca, password) = TRUSTED.split_once('\n').unwrap();
    refused("verify-full", &by("", password), &["of an authority that is not trusted", "store.ca_file"]);
    refused("verify-full", &by(ca, ""), &["asks for a password", "store.password_file"]);
    refused("disable", &by("", password), &["no encryption", "sslmode=verify-full"]);
    it.write("database-password", "a-wrong-one-Secret");
    full(&["password authentication failed", "store.password_file"]);
    assert_eq!(it.sandbox.sends().await.len(), 0);
}
