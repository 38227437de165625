//! Each kernel against the naive count, on ugly sizes.

use std::io::Write;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn naive(a: &[u64], b: &[u64]) -> i32 {
    let bit = |v: &[u64], i: usize| v[i / 64] >> (i % 64) & 1;
    (0..64 * a.len()).map(|i| (bit(a, i) & bit(b, i)) as i32).sum()
}

fn random(rng: &mut ChaCha8Rng, n: usize) -> Vec<u64> {
    let dense = rng.random_bool(0.2);
    (0..n).map(|_| if dense { u64::MAX } else { rng.random() }).collect()
}

/// `[count][words]` to `[panel][words][lanes]`.
fn interleave(rows: &[u64], words: usize, lanes: usize) -> Vec<u64> {
    let count = rows.len() / words;
    let mut data = vec![0; count.next_multiple_of(lanes) * words];
    for r in 0..count {
        for w in 0..words {
            data[(r / lanes * words + w) * lanes + r % lanes] = rows[r * words + w];
        }
    }
    data
}

fn check(name: KernelName, rows: usize, cols: usize, words: usize, rng: &mut ChaCha8Rng) {
    let kernel = name.kernel().expect("an available kernel");
    let stride = words + rng.random_range(0..3);
    let a = random(rng, rows * stride);
    let b = random(rng, cols * words);
    let panels = interleave(&b, words, kernel.lanes());
    let out_stride = cols.next_multiple_of(kernel.lanes()) + rng.random_range(0..3);
    let coef = [1, -1, 64, -128, i32::MAX][rng.random_range(0..5)];
    let before: Vec<i32> = (0..rows * out_stride).map(|_| rng.random()).collect();
    let mut out = before.clone();
    kernel.add_counts(
        RowBits { data: &a, count: rows, words, stride },
        PanelBits { data: &panels },
        coef,
        Sums { data: &mut out, stride: out_stride },
    );
    for r in 0..rows {
        for c in 0..cols {
            let count = naive(&a[r * stride..][..words], &b[c * words..][..words]);
            let want = before[r * out_stride + c].wrapping_add(coef.wrapping_mul(count));
            assert_eq!(out[r * out_stride + c], want, "{name} {rows}x{cols}x{words} at ({r}, {c})");
        }
    }
}

/// Rows and columns to be tried; fewer under Miri, which is slow, but runs AVX-512 anywhere.
fn sizes() -> (Vec<usize>, &'static [usize]) {
    if cfg!(miri) {
        return (vec![1, 3, 15], &[1, 8, 17]);
    }
    ((1..18).collect(), &[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33])
}

#[test]
fn every_kernel_counts() {
    for name in KernelName::ALL {
        if name.kernel().is_none() {
            not_run(name);
            continue;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let (rows, cols) = sizes();
        for rows in rows {
            for &cols in cols {
                let words = rng.random_range(1..5);
                check(name, rows, cols, words, &mut rng);
            }
        }
        for words in [31, 32, 62, 63, 100] {
            check(name, 2, 2, words, &mut rng);
        }
        println!("kernel {name}: equals the naive count");
    }
}

/// Past the test harness, which shows nothing of tests that pass.
fn not_run(name: KernelName) {
    let line = format!("NOT RUN: kernel {name} (this machine lacks {})\n", name.needs());
    std::io::stderr().write_all(line.as_bytes()).expect("standard error");
}

#[test]
fn names_are_read_and_written() {
    for name in KernelName::ALL {
        assert_eq!(name.to_string().parse(), Ok(name));
    }
    let error = "neon2".parse::<KernelName>().unwrap_err().to_string();
    assert_eq!(error, "\"neon2\" is not a kernel: the kernels are scalar, avx2, avx512");
    assert_eq!(KernelName::available()[0], KernelName::Scalar);
    assert!(KernelName::available().contains(&KernelName::fastest()));
}

fn check_threshold(name: KernelName, count: usize, rng: &mut ChaCha8Rng) {
    let kernel = name.kernel().expect("an available kernel");
    let mut value = || match rng.random_range(0..8) {
        0 => i32::MIN,
        1 => i32::MAX,
        _ => rng.random_range(-3..4),
    };
    let values: Vec<i32> = (0..count).map(|_| value()).collect();
    let bounds: Vec<i32> = (0..count).map(|_| value()).collect();
    let all = value();
    let mut out = vec![u64::MAX; count.div_ceil(64)];
    let bits = |out: &[u64]| -> Vec<bool> {
        (0..64 * out.len()).map(|c| out[c / 64] >> (c % 64) & 1 == 1).collect()
    };
    let wanted = |reached: &dyn Fn(usize) -> bool| -> Vec<bool> {
        (0..64 * count.div_ceil(64)).map(|c| c < count && reached(c)).collect()
    };
    kernel.threshold(&values, Bound::Each(&bounds), &mut out);
    assert_eq!(bits(&out), wanted(&|c| values[c] >= bounds[c]), "{name} {count}");
    kernel.threshold(&values, Bound::All(all), &mut out);
    assert_eq!(bits(&out), wanted(&|c| values[c] >= all), "{name} {count}");
}

#[test]
fn every_kernel_compares() {
    for name in KernelName::available() {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        for count in [1, 7, 8, 15, 16, 17, 63, 64, 65, 128, 200, 768] {
            check_threshold(name, count, &mut rng);
        }
    }
}
