//! The command `jixiao`.

use std::process::ExitCode;

fn main() -> ExitCode {
    jixiao::cli::main()
}
