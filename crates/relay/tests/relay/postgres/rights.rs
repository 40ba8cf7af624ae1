//! What a relay may not do in its database is said with the SQL that gives it, by `check --online` and by a start alike. That SQL is done
//! here, and then all is right.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::cluster::{is_here, shared};
use super::{database_of, on};
use crate::program::{Program, relay};
use crate::world::{PASSWORD, Page, Sandbox, incident};

/// What is told of a database stands before this, and behind it the SQL, to the end of the line or of the log's text.
const AS_ADMINISTRATOR: &str = "administrator";

/// The settings are checked, and asked for online: what it ended with, and what it said of the database.
async fn checked(folder: &TempDir) -> (Option<i32>, String) {
    let mut command = relay(folder);
    command.args(["check", "--online"]);
    let out = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    let line = said.lines().find(|line| line.contains("the database ")).unwrap_or_default().to_owned();
    assert_eq!(String::from_utf8(out.stderr).unwrap(), "");
    (out.status.code(), line)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_database_lacks_is_told_with_the_sql_that_gives_it() {
    if !is_here() {
        return;
    }
    let sandbox = Sandbox::start().await;
    for (at, (lacks, word)) in [
        ("", "may make no schema"),
        ("CREATE SCHEMA bzctrl_relay; CREATE TABLE bzctrl_relay.theirs (a int); GRANT CREATE ON DATABASE {database} TO relay", "no relay's"),
        ("CREATE SCHEMA bzctrl_relay", "may not use the schema"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("{}_{at}", database_of(folder.path()));
        shared().sql("postgres", &format!("CREATE DATABASE {database}"));
        if !lacks.is_empty() {
            shared().sql(&database, &lacks.replace("{database}", &database));
        }
        let settings = on(shared(), &database, &sandbox, &folder);
        std::fs::write(folder.path().join("relay.toml"), &settings).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        std::fs::create_dir(folder.path().join("widget")).unwrap();
        for secret in ["password", "seal-key"] {
            std::fs::set_permissions(folder.path().join(secret), Permissions::from_mode(0o600)).unwrap();
        }
        let (code, told) = checked(&folder).await;
        assert!(code == Some(1) && told.starts_with("WRONG") && told.contains(word), "{code:?} {told}");
        let output = relay(&folder).output().unwrap();
        assert!(!output.status.success());
        let refused = String::from_utf8(output.stderr).unwrap();
        assert!(refused.contains(word) && refused.contains(AS_ADMINISTRATOR), "{refused}");

        let (_, advice) = told.split_once(AS_ADMINISTRATOR).unwrap();
        let (_, sql) = advice.split_once(": ").unwrap();
        shared().sql(&database, sql);
        let (code, told) = checked(&folder).await;
        assert!(code == Some(0) && !told.starts_with("WRONG"), "after {sql}: {code:?} {told}");
        let program = Program::of(&folder, &settings, "info");
        let page = Page::open(program.address).await;
        assert_eq!(page.submit(&page.new_key(), &incident("one")).await.status, 201, "{}", program.log());
        program.end().await;
    }
}
