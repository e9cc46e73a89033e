//! Turns on what the services leave to those who have MySQL's client library.

fn main() {
    println!("cargo::rustc-cfg=mysql");
    println!("cargo::rerun-if-changed=build.rs");
}
