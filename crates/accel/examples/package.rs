//! Prints `bat_pkg.sv` of a preset: `cargo run -p noctule-accel --example package tiny`.
fn main() -> Result<(), noctule_accel::config::ConfigError> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "tiny".into());
    print!("{}", noctule_accel::package::package(&noctule_accel::config::Config::preset(&name)?));
    Ok(())
}
