//! Shortens the names under which the WebAssembly and its glue know each other. wasm-bindgen names imports, and some
//! exports, by what they do and a hash, some fifty characters, once on either side; nobody else reads these names, and
//! hashes do not compress.

use std::collections::HashMap;

use anyhow::{Error, Result, anyhow, ensure};
use wasm_encoder::{
    ExportSection, ImportSection, Module,
    reencode::{self, Reencode, utils},
};
use wasmparser::{Export, Import, ImportSectionReader, Parser, Payload};

/// The name of the one module that the glue provides.
const MODULE: &str = "w";

/// What the second part calls the first, from which it takes memory and table.
const FIRST_PART: &str = "__wasm_split";

/// What knows each other by numbers.
pub(crate) struct Names {
    /// The WebAssembly.
    pub(crate) wasm: Vec<u8>,
    /// Its second part.
    pub(crate) later: Option<Vec<u8>>,
    /// The glue.
    pub(crate) glue: String,
}

/// The same WebAssembly, in one part or two, and the same glue, with numbers for names. What neither the glue nor the second
/// part uses is not exported.
///
/// # Errors
///
/// When one of them cannot be read, or the glue provides other imports than the WebAssembly asks for.
pub(crate) fn names(wasm: &[u8], later: Option<&[u8]>, glue: &str) -> Result<Names> {
    let mut numbering =
        Numbering { glue: glue.to_owned(), shared: later.map(imports).transpose()?.unwrap_or_default() };
    if later.is_some() {
        numbering.rename(FIRST_PART, MODULE)?;
    }
    let wasm = encode(&mut numbering, wasm)?;
    let mut second = SecondPart { names: numbering.shared };
    let later = later.map(|later| encode(&mut second, later)).transpose()?;
    Ok(Names { wasm, later, glue: numbering.glue })
}

fn encode(by: &mut impl Reencode<Error = Error>, wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    by.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| match error {
        reencode::Error::UserError(error) => error,
        error => anyhow!("the WebAssembly cannot be read: {error}"),
    })?;
    Ok(module.finish())
}

/// What a second part takes from the first.
fn imports(later: &[u8]) -> Result<HashMap<String, Option<String>>> {
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(later) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                let Import { module, name, .. } = import?;
                ensure!(module == FIRST_PART, "the second part asks for `{module}`, which is not the first");
                names.insert(name.to_owned(), None);
            }
        }
    }
    Ok(names)
}

/// Numbers what it comes by, and renames it in the glue.
struct Numbering {
    glue: String,
    /// What the second part takes, and its number once it has one.
    shared: HashMap<String, Option<String>>,
}

/// Gives the second part's imports the numbers that the first part exports them by.
struct SecondPart {
    names: HashMap<String, Option<String>>,
}

impl Reencode for SecondPart {
    type Error = Error;

    fn parse_import_section(
        &mut self,
        section: &mut ImportSection,
        imports: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Error>> {
        for import in imports.into_imports() {
            let Import { name, ty, .. } = import?;
            let number = self.names.get(name).and_then(Option::as_deref);
            let number =
                number.ok_or_else(|| reencode::Error::UserError(anyhow!("the first part exports no `{name}`")))?;
            let number = number.to_owned();
            section.import(MODULE, &number, self.entity_type(ty)?);
        }
        Ok(())
    }
}

impl Numbering {
    /// Renames what the glue says exactly once.
    fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        let once = self.glue.matches(old).count() == 1;
        ensure!(once, "wasm-bindgen's glue has not exactly one `{}`", old.trim());
        self.glue = self.glue.replacen(old, new, 1);
        Ok(())
    }

    /// Renames a member of the WebAssembly's exports wherever the glue uses it; says whether it does.
    fn rename_member(&mut self, old: &str, new: &str) -> bool {
        let glue = std::mem::take(&mut self.glue);
        let mut parts = glue.split("wasm.");
        self.glue.extend(parts.next());
        let mut used = false;
        for part in parts {
            let rest = part
                .strip_prefix(old)
                .filter(|rest| !rest.starts_with(|next| next == '_' || char::is_alphanumeric(next)));
            used |= rest.is_some();
            self.glue.extend(["wasm.", if rest.is_some() { new } else { "" }, rest.unwrap_or(part)]);
        }
        used
    }
}

impl Reencode for Numbering {
    type Error = Error;

    fn parse_import_section(
        &mut self,
        section: &mut ImportSection,
        imports: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Error>> {
        let mut provider = None;
        for import in imports.into_imports() {
            let Import { module, name, ty } = import?;
            if provider != Some(module) {
                // A second module would be no part of the glue any more.
                self.rename(&format!("\"{module}\": "), &format!("\"{MODULE}\": "))
                    .map_err(reencode::Error::UserError)?;
                provider = Some(module);
            }
            let number = section.len().to_string();
            self.rename(&format!(" {name}: "), &format!(" {number}: ")).map_err(reencode::Error::UserError)?;
            section.import(MODULE, &number, self.entity_type(ty)?);
        }
        Ok(())
    }

    fn parse_export(&mut self, section: &mut ExportSection, export: Export<'_>) -> Result<(), reencode::Error<Error>> {
        let name = format!("_{}", section.len());
        let shared = self.shared.get_mut(export.name).map(|number| *number = Some(name.clone()));
        if self.rename_member(export.name, &name) || shared.is_some() {
            utils::parse_export(self, section, Export { name: &name, ..export })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wasm_encoder::{EntityType, ExportKind, TypeSection};

    use super::*;

    fn wasm(imports: &[(&str, &str)], exports: &[&str]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let (mut importing, mut exporting) = (ImportSection::new(), ExportSection::new());
        for (module, name) in imports {
            importing.import(module, name, EntityType::Function(0));
        }
        for name in exports {
            exporting.export(name, ExportKind::Func, 0);
        }
        let mut module = Module::new();
        module.section(&types).section(&importing).section(&exporting);
        module.finish()
    }

    const GLUE: &str = "const import0 = {\n    __wbg_get_1: function() {},\n    __wbg_get_12: function() {},\n};\n\
                        const all = { \"./glue.js\": import0 };\nwasm.open_it(wasm.open(), wasm.open);\n";

    #[test]
    fn both_sides_have_the_same_numbers() {
        let long = wasm(&[("./glue.js", "__wbg_get_12"), ("./glue.js", "__wbg_get_1")], &["unused", "open", "open_it"]);
        let Names { wasm: short, glue, .. } = names(&long, None, GLUE).unwrap();
        assert_eq!(short, wasm(&[("w", "0"), ("w", "1")], &["_0", "_1"]));
        assert_eq!(
            glue,
            "const import0 = {\n    1: function() {},\n    0: function() {},\n};\n\
             const all = { \"w\": import0 };\nwasm._1(wasm._0(), wasm._0);\n"
        );
    }

    #[test]
    fn the_second_part_finds_what_it_takes_by_the_same_number() {
        let first = wasm(&[("./glue.js", "__wbg_get_12"), ("./glue.js", "__wbg_get_1")], &["unused", "memory", "open"]);
        let second = wasm(&[(FIRST_PART, "memory")], &[]);
        let names = names(&first, Some(&second), &format!("{GLUE}{{ __wasm_split: wasm }}")).unwrap();
        assert!(names.glue.ends_with("{ w: wasm }"));
        assert_eq!(names.wasm, wasm(&[("w", "0"), ("w", "1")], &["_0", "_1"]));
        assert_eq!(names.later, Some(wasm(&[("w", "_0")], &[])));
    }

    #[test]
    fn a_second_part_that_takes_something_else_is_refused() {
        let first = wasm(&[("./glue.js", "__wbg_get_12"), ("./glue.js", "__wbg_get_1")], &["open"]);
        assert!(names(&first, Some(&wasm(&[(FIRST_PART, "memory")], &[])), GLUE).is_err());
        assert!(names(&first, Some(&wasm(&[("./glue.js", "open")], &[])), GLUE).is_err());
    }

    #[test]
    fn glue_that_provides_something_else_is_refused() {
        assert!(names(&wasm(&[("./glue.js", "__wbg_set_1")], &[]), None, GLUE).is_err());
        assert!(
            names(&wasm(&[("./glue.js", "__wbg_get_1"), ("./other.js", "__wbg_get_12")], &[]), None, GLUE).is_err()
        );
        assert!(names(b"no WebAssembly", None, GLUE).is_err());
    }
}
