//! The binary: reports of errors and panics, and everything else in `cli`.
//! Apart from the library, so that tests and benches use the same code without a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    let hooks = color_eyre::config::HookBuilder::default().display_env_section(false);
    match hooks.install().and_then(|()| tiphys::cli::run()) {
        Ok(code) => code,
        Err(why) => tiphys::cli::failed(&why),
    }
}
