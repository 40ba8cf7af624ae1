//! A real PostgreSQL, of Debian's package, in a temporary folder and as another user than root. It ends with the tests, however they end.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::ports::free_address;

/// The user that relays connect as: no superuser.
pub(crate) const USER: &str = "relay";
const ADMINISTRATOR: &str = "administrator";

/// Starts the server, and ends it when nobody holds the other end of the pipe any more.
const GUARD: &str = r#"folder=$1; shift; "$@" </dev/null & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$folder""#;

/// A cluster of databases, served on a port of its own.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    guard: Option<Child>,
}

/// Where PostgreSQL's programs are; none: there are none here. `POSTGRES_PROGRAMS` names their folder.
pub(crate) fn programs() -> Option<PathBuf> {
    let named = std::env::var_os("POSTGRES_PROGRAMS").map(PathBuf::from);
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    let found = named.into_iter().chain(folders.into_iter().rev()).find(|folder| folder.join("initdb").is_file());
    assert!(found.is_some() || std::env::var_os("POSTGRES_NEEDED").is_none(), "there is no PostgreSQL");
    found
}

/// Says that a test is not run, where there is no PostgreSQL.
pub(crate) fn is_here() -> bool {
    let is_here = programs().is_some();
    if !is_here {
        eprintln!("not run here: there is no PostgreSQL");
    }
    is_here
}

/// The one that tests share which do it no harm.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::new(&[]))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// A program as the user that PostgreSQL runs as: it does not run as root.
pub(crate) fn as_its_user(program: &Path) -> Command {
    if is_root() {
        // In its own place: who is told to end is the server itself.
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

pub(crate) fn folder() -> PathBuf {
    let folder = tempfile::Builder::new().prefix("bzctrl-postgres-").tempdir().unwrap().keep();
    if is_root() {
        let id = |of: &str| -> u32 {
            let output = run(Command::new("id").arg(of).arg("postgres"));
            String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
        };
        chown(&folder, Some(id("-u")), Some(id("-g"))).unwrap();
    }
    folder
}

/// One that serves is removed by its guard.
impl Drop for Cluster {
    fn drop(&mut self) {
        if self.guard.is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl Cluster {
    /// A new one, with these settings beside the usual ones.
    pub(crate) fn new(settings: &[&str]) -> Self {
        let folder = folder();
        let initdb = programs().unwrap().join("initdb");
        let data = folder.join("data");
        run(as_its_user(&initdb)
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username", ADMINISTRATOR, "-D"])
            .arg(&data));
        let mut cluster = Self { folder, port: free_address().port(), guard: None };
        cluster.start(settings);
        cluster.sql("postgres", &format!("CREATE ROLE {USER} LOGIN"));
        cluster
    }

    /// A standby that streams from this one.
    pub(crate) fn standby(&self) -> Self {
        let folder = folder();
        let data = folder.join("data");
        let backup = programs().unwrap().join("pg_basebackup");
        run(as_its_user(&backup)
            .args(["--no-sync", "--write-recovery-conf", "--checkpoint=fast", "-h", "127.0.0.1", "-U", ADMINISTRATOR])
            .args(["-p", &self.port.to_string(), "-D"])
            .arg(&data));
        let mut standby = Self { folder, port: free_address().port(), guard: None };
        standby.start(&[]);
        standby
    }

    /// Waits until this standby has replayed what the primary has written so far.
    pub(crate) fn catch_up_with(&self, primary: &Self) {
        let written = primary.sql("postgres", "SELECT pg_current_wal_lsn()");
        let has_it = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
        let began = Instant::now();
        while self.sql("postgres", &has_it) != "t" {
            assert!(began.elapsed() < Duration::from_secs(20), "the replica lags: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Serves.
    pub(crate) fn start(&mut self, settings: &[&str]) {
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).arg(&self.folder);
        let postgres = as_its_user(&programs().unwrap().join("postgres"));
        command.arg(postgres.get_program()).args(postgres.get_args());
        command.arg("-D").arg(self.folder.join("data")).arg("-p").arg(self.port.to_string());
        command.arg("-k").arg(&self.folder);
        for setting in ["listen_addresses=127.0.0.1", "max_connections=300", "wal_level=replica", "shared_buffers=32MB"]
            .iter()
            .chain(settings)
        {
            command.args(["-c", setting]);
        }
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        self.guard = Some(command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let began = Instant::now();
        let ready = programs().unwrap().join("pg_isready");
        while !Command::new(&ready)
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .status()
            .unwrap()
            .success()
        {
            assert!(began.elapsed() < Duration::from_secs(60), "PostgreSQL does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Ends it, in order or as a crash does; its folder stays.
    pub(crate) fn stop(&mut self, mode: &str) {
        let control = programs().unwrap().join("pg_ctl");
        run(as_its_user(&control).args(["stop", "-m", mode, "-D"]).arg(self.folder.join("data")));
        let kept = self.folder.with_extension("kept");
        // The guard would remove it.
        std::fs::rename(&self.folder, &kept).unwrap();
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            guard.wait().unwrap();
        }
        std::fs::rename(&kept, &self.folder).unwrap();
    }

    /// Makes a standby a primary, of a timeline of its own.
    pub(crate) fn promote(&self) {
        let control = programs().unwrap().join("pg_ctl");
        run(as_its_user(&control).args(["promote", "-w", "-D"]).arg(self.folder.join("data")));
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// A program of PostgreSQL's, as its administrator.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(programs().unwrap().join(name));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", ADMINISTRATOR]);
        command
    }

    /// What psql says to a statement, as the administrator: a line a row.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        let mut command = self.program("psql");
        let output = run(command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A database for relays, if there is none of this name.
    pub(crate) fn database(&self, name: &str) {
        if self.sql("postgres", &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).is_empty() {
            self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {USER}"));
        }
    }

    /// Where a relay finds it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// A connection, as the administrator.
    pub(crate) async fn connect(&self, database: &str) -> tokio_postgres::Client {
        let address = format!("host=127.0.0.1 port={} user={ADMINISTRATOR} dbname={database}", self.port);
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SET search_path = bzctrl_relay").await.unwrap();
        client
    }
}
