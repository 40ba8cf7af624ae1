//! Holds what ships against what the oldest browsers know that are promised: Chromium 109, Firefox 115 and Safari 16.4.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use wasmparser::{Validator, WasmFeatures};

use crate::{machine, npm, step::Step};

/// The proposals for WebAssembly that all of them have, as far as they are used.
const KNOWN_TO_ALL: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    // wasmparser's own: references of any kind; and floats, which were always there.
    .union(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::FLOATS);

/// Parts of the glue as it ships, and only there scripts.
const PARTS_OF_THE_GLUE: [&str; 2] = ["start.js", "frame.js"];

/// Checks a release's folder, and the style sheets and scripts of `www`.
///
/// # Errors
///
/// When something in them is newer than the oldest browsers, or cannot be read.
pub(crate) fn check(release: &Path) -> Result<()> {
    let modules = files(release, &["wasm"])?;
    if modules.is_empty() {
        bail!("{} has no WebAssembly", release.display());
    }
    for file in modules {
        validate(&fs::read(&file)?).with_context(|| format!("the oldest browsers cannot load {}", file.display()))?;
    }
    let Some(packages) = npm::install("oldest", "what is known of the oldest browsers")? else { return Ok(()) };
    let mut command = Command::new("node");
    command.arg(machine::root().join("xtask/oldest/check.mjs")).env("OLDEST_MODULES", packages);
    let written = files(&machine::root().join("www"), &["css", "js"])?;
    command.args(written.iter().filter(|file| !PARTS_OF_THE_GLUE.iter().any(|part| file.ends_with(part))));
    command.args(files(release, &["js"])?.iter().filter(|file| !file.ends_with("bzctrl.js")));
    Step::new("hold scripts and styles against the oldest browsers", command)
        .or_try("use what all of them have, or say in xtask/oldest/exceptions.json why it may be missing")
        .run()
}

fn validate(module: &[u8]) -> Result<()> {
    Validator::new_with_features(KNOWN_TO_ALL).validate_all(module)?;
    Ok(())
}

/// The files of a folder that end so, by name.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let all = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<_> = all
        .filter(|file| file.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known)))
        .collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wasm_encoder::{
        CodeSection, ConstExpr, Function, FunctionSection, GlobalSection, GlobalType, Module, TypeSection, ValType,
    };

    use super::*;

    fn module(result: ValType, code: impl FnOnce(&mut Function)) -> Vec<u8> {
        let (mut types, mut functions, mut bodies) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], [result]);
        functions.function(0);
        let mut body = Function::new([]);
        code(&mut body);
        body.instructions().end();
        bodies.function(&body);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&bodies);
        module.finish()
    }

    #[test]
    fn what_all_of_them_have_is_valid() {
        let wide = module(ValType::I32, |body| {
            body.instructions().f64_const(1.5.into()).i32_trunc_sat_f64_s().i32_extend8_s();
        });
        validate(&wide).unwrap();
        validate(&module(ValType::EXTERNREF, |body| {
            body.instructions().ref_null(wasm_encoder::HeapType::EXTERN);
        }))
        .unwrap();
    }

    #[test]
    fn what_one_of_them_lacks_is_not() {
        let tail_call = module(ValType::I32, |body| {
            body.instructions().return_call(0);
        });
        let simd = module(ValType::V128, |body| {
            body.instructions().v128_const(0);
        });
        let mut globals = GlobalSection::new();
        let sum = ConstExpr::extended([
            wasm_encoder::Instruction::I32Const(1),
            wasm_encoder::Instruction::I32Const(2),
            wasm_encoder::Instruction::I32Add,
        ]);
        globals.global(GlobalType { val_type: ValType::I32, mutable: false, shared: false }, &sum);
        let mut extended = Module::new();
        extended.section(&globals);
        for module in [tail_call, simd, extended.finish()] {
            let error = validate(&module).unwrap_err().to_string();
            assert!(error.contains("support is not enabled") || error.contains("constant expression"), "{error}");
        }
    }
}
