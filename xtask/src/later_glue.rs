//! Parts the glue as the WebAssembly is parted: what of it the second part alone calls ships in a file of its own, which comes with
//! that part. wasm-split leaves every import in the first part, and gives the second a way to it by the table.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use anyhow::{Result, ensure};
use wasmparser::{ElementItems, ExternalKind, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

use crate::glue;

/// How wasm-split names the functions by which the second part calls an import.
const WAY: &str = " local_shim";

/// Where wasm-bindgen's imports begin.
const IMPORTS: &str = "function __wbg_get_imports";

/// What the second file calls the first.
const FIRST: &str = "first";

/// The line of ours that a release fills.
const COUNT_LINE: &str = "const IMPORTS =";

/// The glue in two.
pub(crate) struct Parted {
    pub(crate) glue: String,
    pub(crate) later: String,
}

/// Parts the glue of this WebAssembly, which is the first part of two and whose imports have numbers for names. What the second file
/// needs of the first that exports, by a number; it is asked for anew each time, since it may change.
///
/// # Errors
///
/// When the WebAssembly cannot be read, or the glue does not provide its imports as is known.
pub(crate) fn part(glue: &str, wasm: &[u8]) -> Result<Parted> {
    let functions = Functions::of(wasm)?;
    let names = functions.only_later();
    let (first, mut later) = cut(glue, &names)?;
    let mut first = glue::fill(&first, "start.js", COUNT_LINE, &format!("{COUNT_LINE} {};", functions.imports.len()))?;
    let mut helpers = String::new();
    while let Some((rest, helper)) = cut_helper(&first, &later, &helpers) {
        first = rest;
        helpers += &helper;
    }
    later = format!("{helpers}return {{\n{later}}};\n");
    let (later, given) = asked_of_first(&first, &later);
    let given: Vec<String> = given.iter().map(|(name, number)| format!("{name} as ${number}")).collect();
    writeln!(first, "export {{ {} }};", given.join(", "))?;
    Ok(Parted { glue: first, later: format!("export default ({FIRST}) => {{\n{later}}};\n") })
}

/// What the functions of a WebAssembly call.
#[derive(Default)]
struct Functions {
    /// The names of those that are imported; they come first.
    imports: Vec<String>,
    /// Of each other, whom it calls or names.
    calls: Vec<Vec<u32>>,
    /// Whom the page or the table calls.
    called: Vec<u32>,
    /// The second part's ways to an import.
    ways: HashSet<u32>,
}

impl Functions {
    fn of(wasm: &[u8]) -> Result<Self> {
        let mut found = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if matches!(import.ty, TypeRef::Func(_)) {
                            found.imports.push(import.name.to_owned());
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            found.called.push(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => found.called.push(func),
                Payload::ElementSection(section) => {
                    for element in section {
                        match element?.items {
                            ElementItems::Functions(functions) => {
                                found.called.extend(functions.into_iter().collect::<Result<Vec<_>, _>>()?);
                            }
                            ElementItems::Expressions(_, expressions) => {
                                for expression in expressions {
                                    found.called.extend(mentions(expression?.get_operators_reader())?);
                                }
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => found.calls.push(mentions(body.get_operators_reader()?)?),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for part in names {
                            if let Ok(Name::Function(names)) = part {
                                let all = names.into_iter().collect::<Result<Vec<_>, _>>()?;
                                found.ways.extend(all.iter().filter(|it| it.name.ends_with(WAY)).map(|it| it.index));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The imports that nothing but the second part has a way to. An import that other code has the address of would be
    /// missed; wasm-bindgen wraps each in a function of Rust's, and nobody else can name it.
    fn only_later(&self) -> HashSet<&str> {
        let mut next: Vec<u32> = self.called.iter().copied().filter(|it| !self.ways.contains(it)).collect();
        let mut reached = HashSet::new();
        while let Some(function) = next.pop() {
            if reached.insert(function)
                && let Some(calls) =
                    (function as usize).checked_sub(self.imports.len()).and_then(|own| self.calls.get(own))
            {
                next.extend(calls);
            }
        }
        let named = self.imports.iter().zip(0u32..);
        named.filter(|(_, index)| !reached.contains(index)).map(|(name, _)| name.as_str()).collect()
    }
}

fn mentions(operators: wasmparser::OperatorsReader<'_>) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for operator in operators {
        if let Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } = operator?
        {
            found.push(function_index);
        }
    }
    Ok(found)
}

/// The glue without what provides these imports, and that.
fn cut(glue: &str, names: &HashSet<&str>) -> Result<(String, String)> {
    let (mut first, mut later) = (String::new(), String::new());
    let (mut cuts, mut is_cut) = (0, false);
    for line in glue.lines() {
        let name = line.strip_prefix("        ").and_then(|line| line.split_once(": "));
        if let Some((name, _)) = name
            && names.contains(name)
        {
            (cuts, is_cut) = (cuts + 1, true);
        }
        writeln!(if is_cut { &mut later } else { &mut first }, "{line}")?;
        is_cut &= !line.starts_with("        }");
    }
    ensure!(cuts == names.len() && !is_cut, "wasm-bindgen's glue does not provide its imports as is known");
    Ok((first, later))
}

/// The glue without a function of wasm-bindgen's that the second file alone calls, and that. What it changes has to be its own.
fn cut_helper(first: &str, later: &str, helpers: &str) -> Option<(String, String)> {
    let imports = first.find(IMPORTS)?;
    let changed = ["WASM_VECTOR_LEN = ", "cached", "numBytesDecoded"];
    for (at, _) in first[imports..].match_indices("\nfunction ") {
        let (start, rest) = (imports + at + 1, &first[imports + at + 1..]);
        let end = start + rest.find("\n}\n")? + 3;
        let helper = &first[start..end];
        let name = names(helper).nth(1).map(|(_, name)| name)?;
        let is_named = |text| names(text).any(|(_, it)| it == name);
        let is_alone =
            names(first).filter(|(_, it)| *it == name).count() == names(helper).filter(|(_, it)| *it == name).count();
        if is_alone && (is_named(later) || is_named(helpers)) && !changed.iter().any(|it| helper.contains(it)) {
            return Some(([&first[..start], &first[end..]].concat(), helper.to_owned()));
        }
    }
    None
}

/// The second file, which asks the first for what that declares; and that, each with the number that it is asked for by.
fn asked_of_first<'a>(first: &'a str, later: &str) -> (String, BTreeMap<&'a str, usize>) {
    let declared: HashSet<&str> = first.lines().flat_map(declares).collect();
    let (mut asking, mut given, mut done) = (String::new(), BTreeMap::new(), 0);
    // A comment may name anything.
    let code: String =
        later.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    for (at, name) in names(&code) {
        if let Some(name) = declared.get(name) {
            let next = given.len();
            let number = given.entry(*name).or_insert(next);
            asking += &code[done..at];
            asking += &format!("{FIRST}.${number}");
            done = at + name.len();
        }
    }
    (asking + &code[done..], given)
}

/// What a line at the top of a script declares.
fn declares(line: &str) -> Vec<&str> {
    let line = line.strip_prefix("export default ").or(line.strip_prefix("export ")).unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    let Some((kind, rest)) = line.split_once(' ') else { return Vec::new() };
    let rest = match kind {
        "function" => rest.split('(').next().unwrap_or_default(),
        // Several may be declared, or taken out of an array or an object.
        "const" | "let" => rest.split('=').next().unwrap_or_default(),
        _ => return Vec::new(),
    };
    names(rest).map(|(_, name)| name).collect()
}

/// The names in a script, each with its place; members that are asked for by a dot are none.
fn names(script: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + script[at..].find(is_part)?;
            let end = script[start..].find(|char| !is_part(char)).map_or(script.len(), |length| start + length);
            let is_member = script[..start].ends_with('.') && !script[..start].ends_with("...");
            at = end;
            if !is_member {
                return Some((start, &script[start..end]));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
        FunctionSection, ImportSection, Module, NameMap, NameSection, RefType, TableSection, TableType, TypeSection,
    };

    use super::*;

    /// Three imports; the first is called by what the page calls, the second by that and the second part, the third by that alone.
    fn wasm() -> Vec<u8> {
        let (mut types, mut imports, mut functions) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        types.ty().function([], []);
        for name in ["0", "1", "2"] {
            imports.import("w", name, EntityType::Function(0));
        }
        let mut bodies = CodeSection::new();
        // The page's, one that it calls, two ways of the second part's.
        for calls in [vec![4], vec![0, 1], vec![1], vec![2]] {
            functions.function(0);
            let mut body = Function::new([]);
            for function in calls {
                body.instructions().call(function);
            }
            body.instructions().end();
            bodies.function(&body);
        }
        let (mut tables, mut exports, mut elements) =
            (TableSection::new(), ExportSection::new(), ElementSection::new());
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 3,
            maximum: None,
            shared: false,
        });
        exports.export("_0", ExportKind::Func, 3);
        elements.active(None, &ConstExpr::i32_const(1), Elements::Functions([5, 6][..].into()));
        let (mut names, mut ways) = (NameSection::new(), NameMap::new());
        ways.append(3, "open");
        ways.append(5, "__wbg_1 local_shim");
        ways.append(6, "__wbg_2 local_shim");
        names.functions(&ways);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&exports);
        module.section(&elements).section(&bodies).section(&names);
        module.finish()
    }

    const GLUE: &str = "const { Date } = window;\n// A release fills this line.\nconst IMPORTS = 0;\n\
        function __wbg_get_imports() {\n    const import0 = {\n\
        \x20       0: function() {\n            return helped();\n        },\n\
        \x20       1: function() {\n            return Date;\n        },\n\
        \x20       2: function() { return handleError(function (arg0) {\n            // helped by 'Reflect'\n\
        \x20           return arg0.wasm + rare(...helped(), Date, wasm);\n        }, arguments); },\n    };\n}\n\
        function handleError() {\n}\n\nfunction helped() {\n}\n\nfunction rare() {\n    return LEN;\n}\n\nlet other, wasm, LEN = 0;\n";

    #[test]
    fn what_the_second_part_alone_takes_comes_in_its_file_and_asks_the_first_for_the_rest() {
        let Parted { glue, later } = part(GLUE, &wasm()).unwrap();
        assert_eq!(
            later,
            "export default (first) => {\nfunction handleError() {\n}\nfunction rare() {\n    return first.$0;\n}\nreturn {\n\
             \x20       2: function() { return handleError(function (arg0) {\n\
             \x20           return arg0.wasm + rare(...first.$1(), first.$2, first.$3);\n        }, arguments); },\n};\n};\n"
        );
        assert!(
            glue.contains("\nconst IMPORTS = 3;\n")
                && glue.contains("        1: function() {")
                && !glue.contains("rare")
        );
        assert!(glue.ends_with("export { Date as $2, LEN as $0, helped as $1, wasm as $3 };\n"), "{glue}");
    }

    #[test]
    fn glue_that_does_not_provide_what_is_taken_is_refused() {
        assert!(part(&GLUE.replace("        2: ", "        two: "), &wasm()).is_err());
        assert!(part(&GLUE.replace("const IMPORTS", "const OTHERS"), &wasm()).is_err());
        assert!(part(GLUE, b"no WebAssembly").is_err());
    }
}
