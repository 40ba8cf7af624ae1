//! The oldest browsers that the embedding API promises: Chromium 109, Firefox 115, Safari 16.4.

use anyhow::{Context, Result};
use wasmparser::{Validator, WasmFeatures};

use crate::release_file::File;

/// What all three know of WebAssembly, and nothing more (webassembly.org/features).
const WEBASSEMBLY: WasmFeatures = WasmFeatures::WASM1
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION);

/// Whether they can run a file.
///
/// # Errors
///
/// When it is no WebAssembly, or needs what one of them lacks.
pub(crate) fn runs(file: &File) -> Result<()> {
    let outcome = Validator::new_with_features(WEBASSEMBLY).validate_all(&file.bytes);
    outcome.map(drop).with_context(|| format!("{} does not run in the oldest browsers that are promised", file.name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wasm_encoder::{Module, TypeSection, ValType};

    use super::*;

    fn module_that_gives(result: ValType) -> File {
        let mut types = TypeSection::new();
        types.ty().function([], [result]);
        let mut module = Module::new();
        module.section(&types);
        File { name: "a.wasm", bytes: module.finish() }
    }

    #[test]
    fn what_came_later_is_refused() {
        assert!(runs(&module_that_gives(ValType::I32)).is_ok());
        assert!(runs(&module_that_gives(ValType::V128)).is_err());
        assert!(runs(&File { name: "a.wasm", bytes: b"no WebAssembly".to_vec() }).is_err());
    }
}
