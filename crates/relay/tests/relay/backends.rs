//! The backends of docs/IDENTITY.md, as they stand there, sign for this relay: those whose runtime is on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::host::{Host, ISSUER, USER};
use crate::identity::{ask, audience, world_of};

const DOCUMENT: &str = include_str!("../../../../docs/IDENTITY.md");

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/backends")
}

/// What compiles and runs C#: `cargo xtask soak csharp` makes it and says where it is.
pub(crate) fn csharp_program() -> String {
    std::env::var("CSHARP_PROGRAM").unwrap_or_else(|_| "csharp".to_owned())
}

/// A program in C#, with what the project of a host's backend takes for granted; its file.
pub(crate) fn csharp_file(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, format!("global using System; global using System.IO; global using System.Linq;\n{text}"))
        .unwrap();
    file.to_str().unwrap().to_owned()
}

/// What a program writes; none if there is no such program, or not what it needs.
fn output(command: &mut Command, needs: &mut Command) -> Option<String> {
    if !needs.output().is_ok_and(|tried| tried.status.success()) {
        eprintln!("not run here: {command:?}");
        return None;
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn each_backend_stands_in_the_document_as_it_stands_in_its_file_and_is_short() {
    for file in ["assertion.ts", "assertion.py", "Assertion.java", "Assertion.cs", "assertion.php"] {
        let text = std::fs::read_to_string(examples().join(file)).unwrap();
        assert!(DOCUMENT.contains(text.trim_end()), "{file}");
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines < 20, "{file} has {lines}");
    }
}

#[tokio::test]
async fn what_each_backend_signs_is_taken() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let pem = world.folder.path().join("key.pem");
    let der = STANDARD.encode(include_bytes!("keys/rsa-of-the-tests.pk8"));
    let lines: Vec<_> = der.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let text = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    std::fs::write(&pem, text).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(examples()).env("KEY_FILE", &pem).env("KEY_ID", host.id("RS256"));
        command.env("ISSUER", ISSUER).env("AUDIENCE", audience(&world)).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    let mut signed = Vec::new();

    // Without the types, TypeScript is JavaScript that every Node runs.
    let script = std::fs::read_to_string(examples().join("assertion.ts")).unwrap();
    let script = script.replace("!)", ")").replace(": object", "").replace(": string", "");
    let script = format!("{script}\nconsole.log(assertion('{USER}'));");
    signed.push((
        "node",
        output(&mut run("node", &["--input-type=module", "--eval", &script]), &mut run("node", &["-v"])),
    ));

    let script = format!("import assertion; print(assertion.assertion('{USER}'))");
    let needs = &mut run("python3", &["-c", "import cryptography"]);
    signed.push(("python", output(&mut run("python3", &["-c", &script]), needs)));

    let main = world.folder.path().join("Main.java");
    // One file runs without being compiled first.
    let class = std::fs::read_to_string(examples().join("Assertion.java")).unwrap();
    let own =
        format!("  public static void main(String[] a) throws Exception {{ System.out.println(of(\"{USER}\")); }}\n}}");
    let class = class.trim_end().strip_suffix('}').map(|text| format!("{text}{own}\n")).unwrap();
    std::fs::write(&main, class).unwrap();
    signed.push(("java", output(&mut run("java", &[main.to_str().unwrap()]), &mut run("javac", &["-version"]))));

    let script = format!("require 'assertion.php'; echo assertion('{USER}');");
    signed.push(("php", output(&mut run("php", &["-r", &script]), &mut run("php", &["-v"]))));

    let file = |name: &str, text: &str| csharp_file(world.folder.path(), name, text);
    let main = file("Main.cs", &format!("Console.WriteLine(Assertion.Of(\"{USER}\"));"));
    let needs = &mut run(&csharp_program(), &[&file("Empty.cs", "Console.WriteLine();")]);
    signed.push(("c#", output(&mut run(&csharp_program(), &[&main, "Assertion.cs"]), needs)));

    for (name, assertion) in signed.into_iter().filter_map(|(name, signed)| Some((name, signed?))) {
        let answer = ask(&world, assertion.trim()).await;
        assert_eq!(answer.json["defaults"]["reporter"], USER, "{name}: {answer:?}");
    }
}
