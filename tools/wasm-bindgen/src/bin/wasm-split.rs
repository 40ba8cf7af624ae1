//! Parts one WebAssembly in two, before wasm-bindgen: `wasm-split FILE FOLDER` leaves `main.wasm`, and `split_later.wasm` with
//! what is reached by way of the function that the widget marks (`src/later.rs`) alone.

use std::{env, fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, folder] = arguments.as_slice() else {
        eprintln!("wasm-split FILE FOLDER");
        return ExitCode::FAILURE;
    };
    match split(file, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn split(file: &str, folder: &Path) -> Result<(), String> {
    let wasm = fs::read(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&wasm);
    options.output_dir = folder;
    options.main_out_path = &main;
    wasm_split_cli_support::transform(options).map_err(|error| format!("{error:?}"))?;
    Ok(())
}
