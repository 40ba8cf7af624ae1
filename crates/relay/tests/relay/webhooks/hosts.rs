//! The backends of docs/WEBHOOKS.md, as they stand there, verify what this relay sends, and nothing else: those whose runtime
//! is on this machine. The one in TypeScript does so by the specification's own library.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::{Receiver, SECRET, world_of};
use crate::backends::{csharp_file, csharp_program, examples};
use crate::world::incident;

const DOCUMENT: &str = include_str!("../../../../../docs/WEBHOOKS.md");
const FILES: [&str; 5] = ["webhook.ts", "webhook.py", "Webhook.java", "Webhook.cs", "webhook.php"];

/// A request, right or not.
#[derive(Clone, Debug)]
struct Request {
    body: String,
    id: String,
    timestamp: String,
    signatures: String,
}

impl Request {
    /// Signed as the relay signs, but when and with what the test says.
    fn signed(self, secret: &str, timestamp: u64) -> Self {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let content = format!("{}.{timestamp}.{}", self.id, self.body);
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), content.as_bytes());
        let signatures = format!("v1,{}", STANDARD.encode(signature));
        Self { timestamp: timestamp.to_string(), signatures, ..self }
    }
}

/// How a backend is run: it reads a request a line, its parts parted by tabs, and says of each whether it is verified.
struct Backend {
    program: String,
    arguments: Vec<String>,
    needs: Vec<String>,
}

fn backends(folder: &Path) -> Vec<Backend> {
    // Without the types, TypeScript is JavaScript that every Node runs.
    let script = std::fs::read_to_string(examples().join("webhook.ts")).unwrap();
    let script: String = script.lines().filter(|line| !line.starts_with("type ")).collect::<Vec<_>>().join("\n");
    let script = script.replace("!)", ")").replace(" as Created", "").replace("): Created {", ") {");
    let script = script.replace("body: string, headers: Record<string, string>", "body, headers");
    let node = format!(
        "import {{ readFileSync }} from 'node:fs';\n{script}\nfor (const line of readFileSync(process.env.REQUESTS, 'utf8').split('\\n')) {{\n\
         const [id, time, signatures, body] = line.split('\\t');\n\
         try {{ console.log(verified(body, {{ 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures }}).type); }}\n\
         catch {{ console.log('no'); }} }}"
    );
    let python = "import os, webhook\nfor line in open(os.environ['REQUESTS'], encoding='utf-8'):\n    \
                  i, t, s, body = line.rstrip('\\n').split('\\t')\n    try: print(webhook.verified(body.encode(), \
                  {'webhook-id': i, 'webhook-timestamp': t, 'webhook-signature': s})['type'])\n    except ValueError: print('no')";
    // One file runs without being compiled first. It knows no JSON.
    let main = folder.join("Main.java");
    let own = "  public static void main(String[] a) throws Exception {\n\
               for (var line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(System.getenv(\"REQUESTS\")))) {\n\
               var p = line.split(\"\\t\", -1);\n\
               System.out.println(verified(p[3].getBytes(\"UTF-8\"), p[0], p[1], p[2]) ? \"todo.created\" : \"no\"); } }\n}\n";
    let class = std::fs::read_to_string(examples().join("Webhook.java")).unwrap();
    std::fs::write(&main, class.trim_end().strip_suffix('}').unwrap().to_owned() + own).unwrap();
    let php = "require 'webhook.php'; foreach (file(getenv('REQUESTS'), FILE_IGNORE_NEW_LINES) as $line) { \
               [$i, $t, $s, $body] = explode(\"\\t\", $line); echo verified($body, $i, $t, $s)['type'] ?? 'no', \"\\n\"; }";
    let csharp = "using System.Text;\nforeach (var line in File.ReadLines(Environment.GetEnvironmentVariable(\"REQUESTS\")!)) {\n\
                  var p = line.Split('\\t');\n\
                  Console.WriteLine(Webhook.Verified(Encoding.UTF8.GetBytes(p[3]), p[0], p[1], p[2]) ? \"todo.created\" : \"no\"); }";
    let csharp_main = csharp_file(folder, "Main.cs", csharp);
    let csharp_empty = csharp_file(folder, "Empty.cs", "Console.WriteLine();");
    let library = "import 'standardwebhooks'";
    let backend = |program: &str, arguments: &[&str], needs: &[&str]| {
        let [arguments, needs] = [arguments, needs].map(|list| list.iter().map(|&part| part.to_owned()).collect());
        Backend { program: program.to_owned(), arguments, needs }
    };
    vec![
        backend("node", &["--input-type=module", "--eval", &node], &["--input-type=module", "--eval", library]),
        backend("python3", &["-c", python], &["-V"]),
        backend("java", &[main.to_str().unwrap()], &["-version"]),
        backend("php", &["-r", php], &["-v"]),
        backend(&csharp_program(), &[&csharp_main, "Webhook.cs"], &[&csharp_empty]),
    ]
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(examples()).env("WEBHOOK_SECRET", SECRET).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

#[test]
fn each_verification_stands_in_the_document_as_it_stands_in_its_file_and_is_short() {
    for file in FILES {
        let text = std::fs::read_to_string(examples().join(file)).unwrap();
        assert!(DOCUMENT.contains(text.trim_end()), "{file}");
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines < 20, "{file} has {lines}");
    }
}

#[tokio::test]
async fn what_the_relay_sends_is_verified_by_each_backend_and_nothing_else_is() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    let page = world.page().await;
    let title = "Seal broken: 封条";
    assert_eq!(page.submit(&page.new_key(), &incident(title)).await.status, 201);
    let told = receiver.wait_for(1).await.remove(0);
    let text = |name: &str| told.header(name).to_owned();
    let right = Request {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp"),
        signatures: text("webhook-signature"),
        body: told.body.clone(),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (before, after) = right.signatures.split_at(10);
    let requests = [
        ("right", right.clone(), true),
        ("two signatures", Request { signatures: format!("v1,AAAA {}", right.signatures), ..right.clone() }, true),
        ("another body", Request { body: right.body.replace("broken", "BROKEN"), ..right.clone() }, false),
        ("another id", Request { id: "msg_other".to_owned(), ..right.clone() }, false),
        ("another time", Request { timestamp: (now + 1).to_string(), ..right.clone() }, false),
        ("another signature", Request { signatures: format!("{before}A{after}"), ..right.clone() }, false),
        ("no signature", Request { signatures: String::new(), ..right.clone() }, false),
        ("an old one", right.clone().signed(SECRET, now - 400), false),
        ("another secret", right.clone().signed("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", now), false),
    ];
    let lines = requests
        .iter()
        .map(|(_, Request { body, id, timestamp, signatures }, _)| [&**id, timestamp, signatures, body].join("\t"));
    let file = world.folder.path().join("requests");
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let expected: Vec<bool> = requests.iter().map(|(_, _, taken)| *taken).collect();
    for Backend { program, arguments, needs } in backends(world.folder.path()) {
        if !command(&program).args(&needs).output().is_ok_and(|tried| tried.status.success()) {
            eprintln!("not run here: {program}, for want of {needs:?}");
            continue;
        }
        let output = command(&program).args(&arguments).env("REQUESTS", &file).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let said: Vec<_> = said.lines().map(|line| line == "todo.created").collect();
        assert_eq!(said, expected, "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
