//! Each kernel against naive sums on ugly sizes, its rows against the plain ones.

use std::io::Write;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{scalar::Scalar, *};

/// A product with room around its operands.
struct Case {
    size: LeftSize,
    /// `[row][plane][word]`.
    left: Vec<u64>,
    /// `[row][word]`.
    right: Vec<u64>,
}

impl Case {
    fn new(rows: usize, panel: usize, words: usize, planes: usize, rng: &mut ChaCha8Rng) -> Self {
        let dense = rng.random_bool(0.2);
        let mut random = |n| (0..n).map(|_| if dense { u64::MAX } else { rng.random() }).collect();
        let left = random(rows * planes * words);
        Self { size: LeftSize { rows, words, planes }, left, right: random(panel * words) }
    }

    fn rows(&self) -> RowBits<'_> {
        let LeftSize { rows, words, planes } = self.size;
        RowBits {
            data: &self.left,
            rows,
            inputs: 64 * words,
            words,
            stride: planes * words,
            planes,
            plane_stride: words,
        }
    }

    fn panel(&self, kernel: &dyn Kernel) -> (Vec<Chunk>, usize) {
        let (words, rows) = (self.size.words, self.right.len() / self.size.words);
        let chunk = |w: usize| {
            let word = |r| if r < rows { self.right[r * words + w] } else { 0 };
            let mut chunk = Chunk(std::array::from_fn(word));
            kernel.arrange(&mut chunk);
            chunk
        };
        ((0..words).map(chunk).collect(), rows)
    }

    fn naive(&self, row: usize, column: usize) -> i32 {
        let LeftSize { words, planes, .. } = self.size;
        let plane = |p: usize| {
            let left = &self.left[(row * planes + p) * words..][..words];
            let both = left.iter().zip(&self.right[column * words..]).map(|(a, b)| a & b);
            both.map(|both| both.count_ones() << p).sum::<u32>()
        };
        (0..planes).map(plane).sum::<u32>().cast_signed()
    }
}

fn check(name: KernelName, case: &Case, rng: &mut ChaCha8Rng) {
    let kernel = name.kernel().expect("an available kernel");
    let (LeftSize { rows, .. }, shift) = (case.size, rng.random_range(0..9));
    let (stride, add) = (PANEL + rng.random_range(0..3), rng.random());
    let mut data = vec![Chunk([!0; PANEL]); kernel.left_chunks(case.size)];
    kernel.pack(case.rows(), &mut data);
    let (chunks, columns) = case.panel(kernel);
    let before: Vec<i32> = (0..rows * stride).map(|_| rng.random()).collect();
    let mut out = before.clone();
    kernel.multiply(
        LeftBits { data: &data, size: case.size },
        PanelBits { chunks: &chunks, rows: columns, inputs: 64 * case.size.words },
        shift,
        Sums { data: &mut out, stride, add },
    );
    for r in 0..rows {
        for c in 0..columns {
            let before = if add { before[r * stride + c] } else { 0 };
            let want = before.wrapping_add(case.naive(r, c) << shift);
            assert_eq!(out[r * stride + c], want, "{name} {:?} {columns} ({r}, {c})", case.size);
        }
    }
}

/// Left rows and panel rows to be tried; fewer under Miri, which is slow, but runs AVX-512 anywhere.
fn sizes() -> (Vec<usize>, &'static [usize]) {
    if cfg!(miri) {
        return (vec![1, 3, 15], &[1, 32, 64]);
    }
    ((1..18).chain([31, 32, 33, 47, 65]).collect(), &[1, 2, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64])
}

#[test]
fn every_kernel_multiplies() {
    for name in KernelName::ALL {
        // Of those that this machine lacks `tests/equal.rs` speaks.
        let Some(kernel) = name.kernel() else { continue };
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for planes in [1, 2, 4, 8].into_iter().filter(|planes| *planes <= kernel.planes()) {
            let (rows, panels) = sizes();
            for rows in rows {
                for &panel in panels {
                    let words = rng.random_range(1..5);
                    check(name, &Case::new(rows, panel, words, planes, &mut rng), &mut rng);
                }
            }
            for words in [11, 12, 13, 24, 31, 32, 64, 100] {
                check(name, &Case::new(5, 40, words, planes, &mut rng), &mut rng);
            }
        }
        println!("kernel {name}: equals the naive sums");
    }
}

/// Eight planes by eight planes, on the kernels that have another for them.
#[test]
fn every_kernel_of_numbers_multiplies() {
    let mut rng = ChaCha8Rng::seed_from_u64(10);
    let kernels = KernelName::ALL.into_iter().filter_map(KernelName::kernel);
    let kernels: Vec<_> = kernels.filter_map(Kernel::of_numbers).collect();
    if kernels.is_empty() {
        say("NOT RUN: products of numbers (no kernel of this machine has another for them)\n");
    }
    for kernel in kernels {
        let (rows, panels) = sizes();
        for rows in rows {
            for &panel in panels {
                check_numbers(kernel, rows, panel, rng.random_range(1..5), &mut rng);
            }
        }
        check_numbers(kernel, 5, 40, 100, &mut rng);
    }
}

fn check_numbers(
    kernel: &dyn Kernel,
    rows: usize,
    columns: usize,
    words: usize,
    rng: &mut ChaCha8Rng,
) {
    let case = Case::new(rows, columns, words, 8, rng);
    let others: Vec<Case> = (0..7).map(|_| Case::new(rows, columns, words, 8, rng)).collect();
    let planes: Vec<Vec<u64>> = std::iter::once(&case)
        .chain(&others)
        .map(|case| {
            // An odd number of inputs.
            let used =
                |n: usize| if (n + 1).is_multiple_of(words) { u64::MAX >> 1 } else { u64::MAX };
            case.right.iter().enumerate().map(|(n, word)| word & used(n)).collect()
        })
        .collect();
    let word = |n: usize, r: usize| {
        if r < columns { planes[n % 8][r * words + n / 8] } else { 0 }
    };
    let mut chunks: Vec<Chunk> =
        (0..8 * words).map(|n| Chunk(std::array::from_fn(|r| word(n, r)))).collect();
    chunks.chunks_exact_mut(8).for_each(|chunks| kernel.arrange_planes(chunks));
    let mut data = vec![Chunk([!0; PANEL]); kernel.left_chunks(case.size)];
    kernel.pack(case.rows(), &mut data);
    let (shift, add) = (rng.random_range(0..3), rng.random());
    let left = LeftBits { data: &data, size: case.size };
    let panel = PanelBits { chunks: &chunks, rows: columns, inputs: 64 * words - 1 };
    let mut out = vec![-3; rows * PANEL];
    kernel.multiply(left, panel, shift, Sums { data: &mut out, stride: PANEL, add });
    for (r, out) in out.chunks_exact(PANEL).enumerate() {
        for (c, &sum) in out.iter().enumerate().take(columns) {
            let plane = |(p, right): (usize, &Vec<u64>)| {
                Case { right: right.clone(), left: case.left.clone(), ..case }.naive(r, c) << p
            };
            let naive: i32 = planes.iter().enumerate().map(plane).sum();
            assert_eq!(sum, (naive << shift) - if add { 3 } else { 0 }, "{rows} {columns} {words}");
        }
    }
}

/// Past the test harness, which shows nothing of tests that pass.
fn say(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).expect("standard error");
}

#[test]
fn names_are_read_and_written() {
    for name in KernelName::ALL {
        assert_eq!(name.to_string().parse(), Ok(name));
    }
    let error = "neon2".parse::<KernelName>().unwrap_err().to_string();
    assert!(
        error.starts_with(
            "\"neon2\" is not a kernel: the kernels are scalar, avx2, avx512, vnni, amx"
        ),
        "{error}"
    );
    assert_eq!(KernelName::available()[0], KernelName::Scalar);
    assert!(KernelName::available().contains(&KernelName::fastest()));
}

/// A number of a random magnitude up to `2^bits`.
fn number(bits: u32, rng: &mut ChaCha8Rng) -> i64 {
    let largest = 1_i64 << rng.random_range(0..=bits);
    rng.random_range(-largest..largest)
}

/// What the plain rows are compared on.
struct Row {
    values: [i32; PANEL],
    row: i32,
    columns: [i32; PANEL],
    bounds: [i32; PANEL],
    mul: [u16; PANEL],
    add: [i64; PANEL],
    shift: u8,
    small: Option<[i32; PANEL]>,
    x: [i16; PANEL],
}

impl Row {
    fn new(rng: &mut ChaCha8Rng) -> Self {
        let is_small = rng.random();
        let bits = if is_small { 12 } else { 28 };
        let values = std::array::from_fn(|_| number(bits, rng) as i32);
        let mut sum = || number(bits - 4, rng) as i32;
        let (row, columns) = (sum(), [(); PANEL].map(|()| sum()));
        let tile = TileRow { values: &values, row, columns: &columns };
        let near = tile.all().map(|v| v + rng.random_range(-1..2));
        let bound = |c: usize, rng: &mut ChaCha8Rng| match rng.random_range(0..8) {
            0 => i32::MIN,
            1 => i32::MAX,
            _ => near[c],
        };
        let shift = rng.random_range(0..if is_small { 30 } else { 48 });
        let add = [(); PANEL].map(|()| number(if is_small { 29 } else { 46 }, rng));
        let half = if shift == 0 { 0 } else { 1_i64 << (shift - 1) };
        Self {
            small: is_small.then(|| add.map(|add| (add + half) as i32)),
            bounds: std::array::from_fn(|c| bound(c, rng)),
            mul: [(); PANEL].map(|()| rng.random()),
            add,
            shift,
            x: [(); PANEL].map(|()| rng.random()),
            values,
            row,
            columns,
        }
    }

    fn tile(&self) -> TileRow<'_> {
        TileRow { values: &self.values, row: self.row, columns: &self.columns }
    }

    fn rescale(&self) -> Rescale<'_> {
        Rescale { mul: &self.mul, add: &self.add, shift: self.shift, small: self.small.as_ref() }
    }
}

#[test]
fn every_kernels_rows_are_the_definitions() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    for _ in 0..if cfg!(miri) { 2 } else { 300 } {
        let row = Row::new(&mut rng);
        let accumulators = row.tile().all();
        let rescaled: Vec<i64> = (0..PANEL)
            .map(|c| {
                let v = i64::from(accumulators[c]) * i64::from(row.mul[c]) + row.add[c];
                noctule_program::numbers::round_shift(v, row.shift)
            })
            .collect();
        for name in KernelName::available() {
            let kernel = name.kernel().expect("an available kernel");
            let bits = kernel.threshold(row.tile(), &row.bounds);
            let mut settled = [0; PANEL];
            kernel.settle(row.tile(), &mut settled);
            assert_eq!(settled, accumulators);
            let mut x = row.x;
            kernel.add_rescaled(row.tile(), row.rescale(), &mut x);
            let mut codes = [0; PANEL];
            kernel.codes(row.tile(), row.rescale(), Span { least: -8, largest: 7 }, &mut codes);
            for c in 0..PANEL {
                assert_eq!(bits >> c & 1 == 1, accumulators[c] >= row.bounds[c], "{name} {c}");
                let sum = (i64::from(row.x[c]) + rescaled[c]).clamp(-32768, 32767);
                assert_eq!(i64::from(x[c]), sum, "{name} {c}");
                assert_eq!(i64::from(codes[c]), rescaled[c].clamp(-8, 7) + 8, "{name} {c}");
            }
        }
    }
}

#[test]
fn every_kernels_rows_are_the_plain_ones() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    for round in 0..if cfg!(miri) { 2 } else { 200 } {
        let codes: [u8; PANEL] = std::array::from_fn(|_| rng.random());
        let exponents: [u16; PANEL] = std::array::from_fn(|_| number(15, &mut rng) as u16);
        let unit = Unit { unit: rng.random_range(1..1 << 30), shift: rng.random_range(0..32) };
        let by = Reciprocal::new(unit, 1 << rng.random_range(1..4));
        let scores: Vec<i32> =
            (0..rng.random_range(1..200)).map(|_| number(12, &mut rng) as i32).collect();
        let entries =
            if rng.random() { 16 * rng.random_range(1..10) } else { rng.random_range(1..300) };
        let table: Vec<u16> = (0..entries).map(|_| rng.random()).collect();
        let shift = rng.random_range(0..13);
        let width = rng.random_range(1..300);
        let norm = noctule_program::parts::Norm {
            gain: (0..width).map(|_| rng.random()).collect(),
            bias: (0..width).map(|_| number(30, &mut rng) as i32).collect(),
            shift: rng.random_range(0..31),
        };
        let steep = number(15, &mut rng) as i16;
        let x: Vec<i16> = (0..width)
            .map(
                |c| if round % 4 == 0 { steep.wrapping_mul((c == 0).into()) } else { rng.random() },
            )
            .collect();
        let block: [u64; PANEL] = std::array::from_fn(|_| rng.random());
        let words = rng.random_range(1..4);
        let data = &block[..6 * words];
        let rows = RowBits {
            data,
            rows: 2,
            inputs: 64 * words,
            words,
            stride: 3 * words,
            planes: 3,
            plane_stride: words,
        };
        let everything = |kernel: &dyn Kernel| {
            let (mut planes, mut quotients) = ([0; 8], [0; PANEL]);
            kernel.split(&codes, &mut planes);
            kernel.quotients(&exponents, by, &mut quotients);
            let mut out = vec![7; scores.len()];
            let sum = kernel.exponents(&scores, &table, shift, &mut out);
            assert_eq!(kernel.exponent_sum(&scores, &table, shift).1, sum);
            let mut x = x.clone();
            kernel.norm(&norm, &mut x);
            let (mut turned, mut totals) = (block, [7; 2]);
            kernel.transpose(&mut turned);
            kernel.totals(rows, &[0, 1, 5], &mut totals);
            (planes, quotients, out, sum, x, turned, totals)
        };
        let plain = everything(&Scalar);
        for (c, &code) in codes.iter().enumerate() {
            assert!((0..8).all(|p| plain.0[p] >> c & 1 == u64::from(code >> p & 1)));
            assert!((0..PANEL).all(|r| plain.5[r] >> c & 1 == block[c] >> r & 1));
        }
        for (r, total) in plain.6.into_iter().enumerate() {
            let ones = |p| (0..words).map(|w| rows.word(r, p, w).count_ones()).sum::<u32>();
            assert_eq!(total.cast_unsigned(), ones(0) + (ones(1) << 1) + (ones(2) << 5));
        }
        for name in KernelName::available() {
            assert_eq!(everything(name.kernel().expect("an available kernel")), plain, "{name}");
        }
    }
}

#[test]
fn every_kernel_looks_codes_up() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for last in (0..FEW).step_by(if cfg!(miri) { 37 } else { 1 }) {
        let codes: [u8; FEW] = std::array::from_fn(|_| rng.random());
        let (first, shift) = (number(24, &mut rng) as i32, rng.random_range(0..13));
        // Steps behind the last, and the first score itself.
        let below =
            |_| rng.random_range(0..(last as i32 + 3) << shift).min(rng.random_range(0..1 << 20));
        let scores: [i32; PANEL] = std::array::from_fn(below).map(|below| first - below);
        let by = StepCodes { codes: &codes, last, first, shift };
        let wanted = scores.map(|score| codes[(((first - score) >> shift) as usize).min(last)]);
        for name in KernelName::available() {
            let mut found = [0; PANEL];
            name.kernel().expect("an available kernel").look_up(&scores, by, &mut found);
            assert_eq!(found, wanted, "{name} {last}");
        }
    }
}
