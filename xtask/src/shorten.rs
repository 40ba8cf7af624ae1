//! Numbers the WebAssembly's imports. wasm-bindgen names each by what it calls and a hash, some fifty characters, once in
//! the WebAssembly and once in its glue; nobody else reads these names, and hashes do not compress.

use std::convert::Infallible;

use anyhow::{Context, Result, ensure};
use wasm_encoder::{
    ImportSection, Module,
    reencode::{Error, Reencode},
};
use wasmparser::{Import, ImportSectionReader, Parser};

/// The name of the one module that the glue provides.
const MODULE: &str = "w";

/// The same WebAssembly and the same glue, in which the imports have numbers for names.
///
/// # Errors
///
/// When one of them cannot be read, or the glue provides other imports than the WebAssembly asks for.
pub(crate) fn imports(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let mut numbering = Numbering::default();
    let mut module = Module::new();
    numbering.parse_core_module(&mut module, Parser::new(0), wasm)?;

    let mut glue = glue.to_owned();
    for (number, (_, name)) in numbering.imports.iter().enumerate() {
        rename(&mut glue, &format!(" {name}: "), &format!(" {number}: "))?;
    }
    let (provider, _) = numbering.imports.first().context("the WebAssembly imports nothing")?;
    let alone = numbering.imports.iter().all(|(module, _)| module == provider);
    ensure!(alone, "the WebAssembly imports from several modules");
    rename(&mut glue, &format!("\"{provider}\": "), &format!("\"{MODULE}\": "))?;
    Ok((module.finish(), glue))
}

/// Renames what stands in the glue exactly once.
fn rename(glue: &mut String, old: &str, new: &str) -> Result<()> {
    ensure!(glue.matches(old).count() == 1, "wasm-bindgen's glue has not exactly one `{}`", old.trim());
    *glue = glue.replacen(old, new, 1);
    Ok(())
}

/// What was imported from which module under which name, by the number that is its name from now on.
#[derive(Default)]
struct Numbering {
    imports: Vec<(String, String)>,
}

impl Reencode for Numbering {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        section: &mut ImportSection,
        imports: ImportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for import in imports.into_imports() {
            let Import { module, name, ty } = import?;
            section.import(MODULE, &self.imports.len().to_string(), self.entity_type(ty)?);
            self.imports.push((module.to_owned(), name.to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wasm_encoder::{EntityType, TypeSection};

    use super::*;

    fn wasm(imports: &[(&str, &str)]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut section = ImportSection::new();
        for (module, name) in imports {
            section.import(module, name, EntityType::Function(0));
        }
        let mut module = Module::new();
        module.section(&types).section(&section);
        module.finish()
    }

    const GLUE: &str = "const import0 = {\n    __wbg_get_1: function() {},\n    __wbg_get_12: function() {},\n};\n\
                        return {\n    \"./glue.js\": import0,\n};\n";

    #[test]
    fn imports_have_the_same_numbers_on_both_sides() {
        let (short, glue) =
            imports(&wasm(&[("./glue.js", "__wbg_get_12"), ("./glue.js", "__wbg_get_1")]), GLUE).unwrap();
        assert_eq!(short, wasm(&[("w", "0"), ("w", "1")]));
        assert!(glue.contains(" 1: function() {},\n    0: function() {},\n"), "{glue}");
        assert!(glue.contains("\"w\": import0"), "{glue}");
    }

    #[test]
    fn glue_that_provides_something_else_is_refused() {
        assert!(imports(&wasm(&[("./glue.js", "__wbg_set_1")]), GLUE).is_err());
        assert!(imports(&wasm(&[("./glue.js", "__wbg_get_1"), ("./other.js", "__wbg_get_12")]), GLUE).is_err());
        assert!(imports(b"no WebAssembly", GLUE).is_err());
    }
}
