//! What each crate, module and function brings of what ships: `cargo xtask size --why`.
//!
//! It reads a build like the one that ships, but for the functions' names. What something brings over the wire is what brotli
//! makes less when all of its functions do nothing: brotli finds what is alike in different functions, so these sums are less than the whole.

use std::{collections::BTreeMap, fmt, ops::Range};

use anyhow::{Context, Result};
use wasm_encoder::{CodeSection, Function, Module, RawSection, SectionId};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::release_file::brotli;

/// Shorter, nobody wants to know by how much brotli makes less of it.
const LONG: usize = 1_000;

/// One module of what ships, taken apart.
pub(crate) struct Why {
    file: &'static str,
    brotli: usize,
    data: Part,
    crates: Vec<Part>,
    /// Of this workspace's crates, by their modules.
    modules: Vec<Part>,
    functions: Vec<Part>,
    /// Types, imports, exports, tables.
    rest: usize,
}

struct Part {
    name: String,
    bytes: usize,
    /// What brotli makes less without it.
    brotli: Option<usize>,
}

/// A function: its name, and where its code stands.
struct Named {
    name: String,
    body: Range<usize>,
}

impl Why {
    /// Reads a module that has the functions' names.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or has none.
    pub(crate) fn of(file: &'static str, wasm: &[u8]) -> Result<Self> {
        let (functions, data) = read(wasm)?;
        let nameless = without(wasm, &functions, &|_| false, false)?;
        let whole = brotli(&nameless)?.len();
        let less = |is_gone: &dyn Fn(&str) -> bool, data| -> Result<usize> {
            Ok(whole.saturating_sub(brotli(&without(wasm, &functions, is_gone, data)?)?.len()))
        };
        let by = |group: fn(&str) -> Option<String>| -> Result<Vec<Part>> {
            let mut sums = BTreeMap::<String, usize>::new();
            for Named { name, body } in &functions {
                if let Some(group) = group(name) {
                    *sums.entry(group).or_default() += body.len();
                }
            }
            let mut parts = Vec::new();
            for (name, bytes) in sums {
                let is_of_it = |function: &str| group(function).as_deref() == Some(&name);
                let brotli = if bytes < LONG { None } else { Some(less(&is_of_it, false)?) };
                parts.push(Part { name, bytes, brotli });
            }
            parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
            Ok(parts)
        };
        let (crates, modules) = (by(|name| Some(crate_of(name).to_owned()))?, by(module_of)?);
        let data_part = Part { name: "data".to_owned(), bytes: data, brotli: Some(less(&|_| false, true)?) };
        let code: usize = functions.iter().map(|function| function.body.len()).sum();
        let mut functions: Vec<Part> =
            functions.into_iter().map(|Named { name, body }| Part { name, bytes: body.len(), brotli: None }).collect();
        functions.sort_by_key(|part| std::cmp::Reverse(part.bytes));
        Ok(Self {
            file,
            brotli: whole,
            data: data_part,
            crates,
            modules,
            functions,
            rest: nameless.len().saturating_sub(code + data),
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, brotli, data, crates, modules, functions, rest } = self;
        writeln!(to, "\n{file}: {brotli} bytes over the wire\n\n{:>9} {:>9}", "bytes", "brotli")?;
        for part in [data].into_iter().chain(crates) {
            write!(to, "{part}")?;
        }
        writeln!(to, "{rest:>9} {:>9}  types, imports, exports, tables\n", "")?;
        for part in modules.iter().filter(|part| part.brotli.is_some()) {
            write!(to, "{part}")?;
        }
        writeln!(to)?;
        functions.iter().take(40).try_for_each(|part| write!(to, "{part}"))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, bytes, brotli } = self;
        let brotli = brotli.map_or(String::new(), |brotli| brotli.to_string());
        writeln!(to, "{bytes:>9} {brotli:>9}  {name}")
    }
}

/// The functions, and how much data there is.
fn read(wasm: &[u8]) -> Result<(Vec<Named>, usize)> {
    let (mut imported, mut data, mut bodies, mut names) = (0, 0, Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.range()),
            Payload::DataSection(section) => {
                for segment in section {
                    data += segment?.data.len();
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    for name in section {
                        // Later ones are newer than this reader, and no functions'.
                        if let Ok(Name::Function(functions)) = name {
                            for function in functions {
                                let function = function?;
                                names.insert(function.index, plain(function.name));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    (!names.is_empty()).then_some(()).context("the functions have no names")?;
    let named = (imported..).zip(bodies).map(|(index, body)| {
        let name = names.remove(&index).unwrap_or_else(|| "without a name".to_owned());
        Named { name, body }
    });
    Ok((named.collect(), data))
}

/// The same module without its names; some functions do nothing, and perhaps the data is nothing but zeros.
fn without(wasm: &[u8], functions: &[Named], is_gone: &dyn Fn(&str) -> bool, data: bool) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::CodeSectionStart { .. } => {
                let mut code = CodeSection::new();
                for Named { name, body } in functions {
                    if is_gone(name) {
                        let mut nothing = Function::new([]);
                        nothing.instructions().unreachable().end();
                        code.function(&nothing);
                    } else {
                        code.raw(&wasm[body.clone()]);
                    }
                }
                module.section(&code);
            }
            Payload::DataSection(section) if data => {
                let range = section.range();
                let mut bytes = wasm[range.clone()].to_vec();
                for segment in section {
                    let segment = segment?;
                    let end = segment.range.end - range.start;
                    bytes[end - segment.data.len()..end].fill(0);
                }
                module.section(&RawSection { id: SectionId::Data.into(), data: &bytes });
            }
            Payload::CustomSection(_) | Payload::CodeSectionEntry(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    module.section(&RawSection { id, data: &wasm[range] });
                }
            }
        }
    }
    Ok(module.finish())
}

/// A name as people write it: without the crate's number.
fn plain(name: &str) -> String {
    let demangled = format!("{:#}", rustc_demangle::demangle(name));
    let mut plain = String::new();
    let mut rest = demangled.as_str();
    while let Some((before, number)) = rest.split_once('[') {
        plain.push_str(before);
        match number.split_once(']') {
            Some((digits, after)) if digits.len() >= 8 && digits.chars().all(|digit| digit.is_ascii_hexdigit()) => {
                rest = after;
            }
            _ => {
                plain.push('[');
                rest = number;
            }
        }
    }
    plain + rest
}

/// Whose a function is: that of the type that is dropped, or the first that its name names.
fn path(name: &str) -> Option<&str> {
    let name = name.strip_prefix("core::ptr::drop_in_place::<").unwrap_or(name);
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let end = name.find("::")?;
    let start = name[..end].rfind(|letter| !is_word(letter)).map_or(0, |at| at + 1);
    let path = &name[start..];
    let length = path.find(|letter| !is_word(letter) && letter != ':').unwrap_or(path.len());
    (start < end).then_some(path[..length].trim_end_matches(':'))
}

fn crate_of(name: &str) -> &str {
    path(name).and_then(|path| path.split("::").next()).unwrap_or("exports, and wasm-bindgen's own")
}

/// Two floors down in what is ours.
fn module_of(name: &str) -> Option<String> {
    let path = path(name)?;
    path.starts_with("bzctrl_").then(|| path.split("::").take(3).collect::<Vec<_>>().join("::"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wasm_encoder::{DataSection, FunctionSection, NameMap, NameSection, TypeSection};

    use super::*;

    /// A module of functions that long, under these names, with some data.
    fn module(functions: &[(&str, usize)]) -> Vec<u8> {
        let (mut types, mut kinds, mut code, mut names) =
            (TypeSection::new(), FunctionSection::new(), CodeSection::new(), NameMap::new());
        types.ty().function([], []);
        let mut number: u32 = 1;
        for ((name, length), index) in functions.iter().zip(0..) {
            kinds.function(0);
            let mut body = Function::new([]);
            while body.byte_len() < *length {
                // Nothing that brotli finds twice.
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                body.instructions().i32_const(number.cast_signed()).drop();
            }
            body.instructions().end();
            code.function(&body);
            names.append(index, name);
        }
        let (mut memory, mut data, mut section) =
            (wasm_encoder::MemorySection::new(), DataSection::new(), NameSection::new());
        memory.memory(wasm_encoder::MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        data.active(0, &wasm_encoder::ConstExpr::i32_const(0), (0..=255).collect::<Vec<u8>>());
        section.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&kinds).section(&memory).section(&code).section(&data).section(&section);
        module.finish()
    }

    fn found(parts: &[Part]) -> Vec<(&str, bool)> {
        parts
            .iter()
            .map(|part| (part.name.as_str(), part.brotli.is_some_and(|brotli| brotli > part.bytes / 2)))
            .collect()
    }

    #[test]
    fn each_crate_and_module_has_what_its_functions_bring() {
        let wasm = module(&[
            ("<bzctrl_widget[c2080fa99ebffe84]::view::field::Control>::typed", 3_000),
            ("bzctrl_widget[c2080fa99ebffe84]::view::field::choice::view", 2_000),
            ("_RNvNtCs2X0ziy3jBkG_4core5check5check", 1_500),
            ("core::ptr::drop_in_place::<yew::virtual_dom::VNode>", 400),
            ("open", 100),
        ]);
        let why = Why::of("a.wasm", &wasm).unwrap();
        let crates =
            [("bzctrl_widget", true), ("core", true), ("yew", false), ("exports, and wasm-bindgen's own", false)];
        assert_eq!(found(&why.crates), crates);
        assert_eq!(found(&why.modules), [("bzctrl_widget::view::field", true)]);
        assert_eq!(why.functions[0].name, "<bzctrl_widget::view::field::Control>::typed");
        assert_eq!((why.data.bytes, why.data.brotli.unwrap() > 200), (256, true));
        assert!(why.rest < 200, "{}", why.rest);
    }

    #[test]
    fn a_build_without_names_says_so() {
        assert_eq!(Why::of("a.wasm", &module(&[])).err().unwrap().to_string(), "the functions have no names");
    }
}
