//! What the command does when the file of a program that it has mapped is changed meanwhile.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
#[path = "../support/mod.rs"]
mod support;

#[cfg(not(target_os = "linux"))]
#[test]
fn only_linux_maps() {
    use std::io::Write;

    let line = b"NOT RUN: changes of a mapped file (only Linux maps)\n";
    // Past the test harness, which shows nothing of tests that pass.
    std::io::stderr().write_all(line).unwrap();
}
