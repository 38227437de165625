//! What tests share.

/// How many random programs to try, of so many; the environment variable `NOCTULE_PERCENT` says how
/// much of them where a machine is emulated and slow.
pub(crate) fn programs(all: u64) -> u64 {
    let percent = std::env::var("NOCTULE_PERCENT").map_or(100, |text| text.parse().unwrap());
    (all * percent / 100).max(1)
}
