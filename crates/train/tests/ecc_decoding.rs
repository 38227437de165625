//! Channel, decoder's view, belief propagation and the measurement of error rates.

use noctule_train::ecc::ber::BerError;
use noctule_train::ecc::bp::{DEFAULT_ITERATIONS, decode_naive};
use noctule_train::ecc::channel::{hard_decision, q_function};
use noctule_train::ecc::interval::share_interval;
use noctule_train::ecc::view::apply_noise;
use noctule_train::ecc::{
    Awgn, BitMatrix, Bp, Budget, ChannelWord, Code, DecoderView, Point, Uncoded, WordDecoder,
    measure,
};

fn code(name: &str) -> Code {
    Code::by_name(name).unwrap()
}

fn hamming() -> Code {
    let rows = [vec![0, 2, 4, 6], vec![1, 2, 5, 6], vec![3, 4, 5, 6]];
    Code::from_parity("hamming", BitMatrix::from_supports(7, &rows)).unwrap()
}

fn words_only(max_words: u64) -> Budget {
    Budget { min_block_errors: u64::MAX, max_words, batch: 1000 }
}

fn run(decoder: &dyn WordDecoder, code: &Code, ebn0_db: f64, budget: Budget) -> Point {
    measure(decoder, code, ebn0_db, budget, 7, &mut |_| {}).unwrap()
}

#[test]
fn q_function_has_its_tabulated_values() {
    for (x, q) in [(0.0, 0.5), (1.0, 0.158_655_253_931), (3.0, 1.349_898_031_6e-3)] {
        assert!((q_function(x) - q).abs() < 1e-12, "Q({x}) = {}", q_function(x));
        assert!((q_function(-x) - (1.0 - q)).abs() < 1e-12);
    }
    assert!((q_function(6.0) / 9.865_876_450_4e-10 - 1.0).abs() < 1e-9);
}

#[test]
fn sigma_follows_from_ebn0_and_rate() {
    // At 0 dB and rate 1/2 the energy per channel use is N0 / 2, so sigma^2 = 1.
    assert!((Awgn::new(0.0, 0.5).sigma() - 1.0).abs() < 1e-12);
    assert!((Awgn::new(10.0, 0.5).sigma().powi(2) - 0.1).abs() < 1e-12);
}

#[test]
fn words_do_not_depend_on_threads_or_batches() {
    let code = code("ldpc-49-24");
    let channel = Awgn::new(3.0, code.rate());
    let draw = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| channel.words(&code, 5, 10, 40))
    };
    let words = draw(1);
    assert_eq!(words, draw(3));
    assert_eq!(words[7], channel.word(&code, 5, 17));
    assert_ne!(words[0], channel.word(&code, 6, 10));
    assert!(words.iter().all(|word| code.contains(&word.codeword)));
    assert!(words.iter().any(|word| word.codeword.contains(&1)));
}

#[test]
fn noise_has_mean_zero_and_the_stated_variance() {
    let code = code("bch-31-16");
    let channel = Awgn::new(2.0, code.rate());
    let words = channel.words(&code, 11, 0, 10_000);
    let noise: Vec<f64> = words
        .iter()
        .flat_map(|w| w.received.iter().zip(&w.codeword))
        .map(|(&y, &bit)| (f64::from(y) - (1.0 - 2.0 * f64::from(bit))) / channel.sigma())
        .collect();
    let n = noise.len() as f64;
    let moment = |power: i32| noise.iter().map(|z| z.powi(power)).sum::<f64>() / n;
    // Four standard errors of each moment of n standard normal values.
    assert!(moment(1).abs() < 4.0 / n.sqrt(), "{}", moment(1));
    assert!((moment(2) - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{}", moment(2));
    assert!((moment(4) - 3.0).abs() < 4.0 * (96.0 / n).sqrt(), "{}", moment(4));
}

#[test]
fn view_is_blind_to_the_codeword_and_inverts_to_it() {
    let code = code("bch-31-16");
    let word = Awgn::new(2.0, code.rate()).word(&code, 3, 0);
    let view = DecoderView::new(&code, &word);
    assert!(view.noise.contains(&1), "a word without errors tests nothing");
    assert_eq!(apply_noise(&word.received, &view.noise), word.codeword);
    // The same noise on the zero codeword looks the same.
    let received = word.received.iter().zip(&word.codeword);
    let received = received.map(|(&y, &bit)| if bit == 1 { -y } else { y }).collect();
    let zero = ChannelWord { received, codeword: vec![0; code.n()] };
    assert_eq!(DecoderView::new(&code, &zero), view);
}

#[test]
fn hard_decision_of_zero_is_zero() {
    assert_eq!(hard_decision(&[-0.5, 0.0, -0.0, 2.0]), [1, 0, 0, 0]);
}

#[test]
fn uncoded_error_rate_is_the_theoretical_one() {
    let code = code("ldpc-49-24");
    for ebn0_db in [0.0, 4.0] {
        let point = run(&Uncoded, &code, ebn0_db, words_only(20_000));
        let theory = Awgn::new(ebn0_db, code.rate()).uncoded_ber();
        let bits = (point.words * 49) as f64;
        let error = (theory * (1.0 - theory) / bits).sqrt();
        assert!((point.ber - theory).abs() < 4.0 * error, "{} for {theory}", point.ber);
    }
}

#[test]
fn bp_corrects_every_single_error_of_the_hamming_code() {
    let code = hamming();
    let channel = Awgn::new(6.0, code.rate());
    let bp = Bp::new(&code, &channel, DEFAULT_ITERATIONS);
    for message in 0..16u8 {
        let bits: Vec<u8> = (0..4).map(|i| message >> i & 1).collect();
        let codeword = code.encode(&bits);
        for wrong in 0..7 {
            let mut received: Vec<f32> =
                codeword.iter().map(|&b| 1.0 - 2.0 * f32::from(b)).collect();
            received[wrong] *= -0.2;
            assert_eq!(bp.decode_word(&received), codeword, "message {message}, bit {wrong}");
        }
    }
}

#[test]
fn fast_bp_agrees_with_the_reference() {
    for (name, ebn0_db) in [("ldpc-49-24", 2.0), ("bch-31-16", 3.0), ("polar-64-48", 4.0)] {
        let code = code(name);
        let channel = Awgn::new(ebn0_db, code.rate());
        let words = channel.words(&code, 21, 0, 200);
        for iterations in [0, 1, 5, DEFAULT_ITERATIONS] {
            let fast = Bp::new(&code, &channel, iterations).decode(&words);
            for (word, fast) in words.iter().zip(fast) {
                let slow = decode_naive(&code, &channel, iterations, &word.received);
                assert_eq!(fast, slow, "{name}, {iterations} iterations");
            }
        }
    }
}

#[test]
fn bp_survives_values_without_noise_and_checks_of_one_bit() {
    let parity = BitMatrix::from_supports(3, &[vec![0], vec![1, 2]]);
    let code = Code::from_parity("odd", parity).unwrap();
    let bp = Bp::new(&code, &Awgn::new(4.0, code.rate()), DEFAULT_ITERATIONS);
    assert_eq!(bp.decode_word(&[-0.1, 5.0, -1e30]), [0, 1, 1]);
    assert_eq!(bp.decode_word(&[f32::INFINITY, 1e30, f32::NEG_INFINITY])[0], 0);
    assert_eq!(bp.decode_word(&[0.0, 0.0, -1.0]), [0, 1, 1]);
}

#[test]
fn bp_beats_hard_decisions_tenfold_at_4_db() {
    let code = code("ldpc-49-24");
    let bp = Bp::new(&code, &Awgn::new(4.0, code.rate()), DEFAULT_ITERATIONS);
    let budget = words_only(10_000);
    let (decoded, uncoded) = (run(&bp, &code, 4.0, budget), run(&Uncoded, &code, 4.0, budget));
    assert!(decoded.ber_interval.high * 10.0 < uncoded.ber, "{decoded:?}\n{uncoded:?}");
    assert!(decoded.bler_interval.high * 10.0 < uncoded.bler, "{decoded:?}\n{uncoded:?}");
}

#[test]
fn measurement_counts_and_stops_as_budgeted() {
    let code = code("ldpc-49-24");
    let mut seen = Vec::new();
    let budget = Budget { min_block_errors: 50, max_words: 100_000, batch: 64 };
    let point = measure(&Uncoded, &code, 4.0, budget, 1, &mut |p| seen.push(p.words)).unwrap();
    assert!(point.block_errors >= 50 && point.block_errors < 50 + 64);
    assert_eq!(seen, (1..=seen.len() as u64).map(|i| 64 * i).collect::<Vec<_>>());
    let last = run(&Uncoded, &code, 4.0, Budget { batch: 64, ..words_only(100) });
    assert_eq!(last.words, 100);
    assert!(point.ber_interval.contains(point.ber) && point.bler_interval.contains(point.bler));
    // A seed's words do not depend on the batch.
    let by_one = Budget { batch: 1, ..words_only(100) };
    let (a, b) = (run(&Uncoded, &code, 4.0, by_one), run(&Uncoded, &code, 4.0, words_only(100)));
    assert_eq!((a.words, a.bit_errors, a.block_errors), (100, b.bit_errors, b.block_errors));
}

#[test]
fn interval_without_events_is_honest() {
    let interval = share_interval(0, 1000);
    assert_eq!(interval.low, 0.0);
    assert!((interval.high - 0.003_826_8).abs() < 1e-6, "{}", interval.high);
    let half = share_interval(50, 100);
    assert!((half.low - 0.403_832).abs() < 1e-5 && (half.high - 0.596_168).abs() < 1e-5);
    let perfect = run(&Uncoded, &code("ldpc-49-24"), 20.0, words_only(1000));
    assert_eq!((perfect.ber, perfect.ber_interval), (0.0, interval));
}

/// Answers `words` words of `bits` bits, whatever it is asked.
struct Broken {
    words: usize,
    bits: usize,
}

impl WordDecoder for Broken {
    fn decode(&self, _: &[ChannelWord]) -> Vec<Vec<u8>> {
        vec![vec![0; self.bits]; self.words]
    }
}

#[test]
fn measurement_refuses_nonsense() {
    let code = code("ldpc-49-24");
    let good = Budget { min_block_errors: 1, max_words: 8, batch: 8 };
    let error = |decoder: &dyn WordDecoder, ebn0_db, budget| {
        measure(decoder, &code, ebn0_db, budget, 1, &mut |_| {}).unwrap_err()
    };
    for (field, budget) in [
        ("min_block_errors", Budget { min_block_errors: 0, ..good }),
        ("max_words", Budget { max_words: 0, ..good }),
        ("batch", Budget { batch: 0, ..good }),
    ] {
        assert_eq!(error(&Uncoded, 4.0, budget), BerError::EmptyBudget { field });
    }
    assert_eq!(error(&Uncoded, f64::NAN, good), BerError::NotFinite);
    let lost = Broken { words: 7, bits: 49 };
    assert_eq!(error(&lost, 4.0, good), BerError::WordCount { found: 7, expected: 8 });
    let short = Broken { words: 8, bits: 48 };
    assert!(matches!(error(&short, 4.0, good), BerError::WordLength { found: 48, .. }));
}
