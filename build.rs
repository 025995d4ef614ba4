//! The grammars are compiled into the binary; a change of theirs is a change of the crate.

fn main() {
    println!("cargo:rerun-if-changed=grammars");
}
