//! The residual stream in fixed point: a program's integers forward, the float form's gradients backward.

mod ops_support;

use noctule_program::interpret;
use noctule_train::fold::fold_norm;
use noctule_train::ops::{self, Fixed};
use ops_support::{matrix, outcome, rng, uniform};

const ROWS: usize = 5;
const WIDTH: usize = 24;
const EPS: f32 = 1e-12;

/// A stream, what is added to it, gains and biases.
fn leaves(point: u8) -> Vec<Vec<f32>> {
    let mut draw = rng(9);
    let step = 0.5f32.powi(point.into());
    let mut stream = uniform(&mut draw, ROWS * WIDTH, 3.0);
    stream.iter_mut().for_each(|value| *value = (*value / step).round() * step);
    let added = uniform(&mut draw, ROWS * WIDTH, 2.0);
    vec![stream, added, uniform(&mut draw, WIDTH, 1.5), uniform(&mut draw, WIDTH, 0.5)]
}

fn integers(values: &[f32], point: u8) -> Vec<i32> {
    values.iter().map(|value| (value * 2f32.powi(point.into()) + 0.5).floor() as i32).collect()
}

#[test]
fn a_sum_is_normalized_as_the_program_does() {
    for point in [7, 10, 12] {
        let leaves = leaves(point);
        let fixed = outcome(&leaves, 3, |t| {
            let [x, y] = [0, 1].map(|at| matrix(&t[at], ROWS, WIDTH));
            Fixed { point }.add_norm(x, y, t[2].clone(), t[3].clone(), EPS)
        });
        let (x, y) = (integers(&leaves[0], point), integers(&leaves[1], point));
        let mut expected: Vec<i32> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
        interpret::norm(&fold_norm(&leaves[2], &leaves[3], point), &mut expected);
        let one = 2f32.powi(point.into());
        let found: Vec<i32> = fixed.values.iter().map(|value| (value * one) as i32).collect();
        assert_eq!(found, expected);
        let float = outcome(&leaves, 3, |t| {
            let [x, y] = [0, 1].map(|at| matrix(&t[at], ROWS, WIDTH));
            ops::add_norm(x, y, t[2].clone(), t[3].clone(), EPS)
        });
        assert_eq!(fixed.gradients, float.gradients);
        assert_ne!(fixed.values, float.values);
    }
}

/// The tables' unit is any power of two: the norm takes it away, to the bit.
#[test]
fn a_sum_of_tables_is_normalized_in_any_unit() {
    let leaves = leaves(10);
    let of = |factor: f32| {
        let scaled = leaves[0].iter().map(|value| value * factor).collect();
        outcome(&[scaled, leaves[2].clone(), leaves[3].clone()], 3, |t| {
            Fixed { point: 10 }.norm(matrix(&t[0], ROWS, WIDTH), t[1].clone(), t[2].clone(), EPS)
        })
    };
    let mut expected = integers(&leaves[0], 10);
    interpret::norm(&fold_norm(&leaves[2], &leaves[3], 10), &mut expected);
    for factor in [1.0, 0.125, 64.0] {
        let found: Vec<i32> = of(factor).values.iter().map(|v| (v * 1024.0) as i32).collect();
        assert_eq!(found, expected, "unit times {factor}");
    }
}

#[test]
fn rounding_is_straight_through_and_saturates() {
    let values = vec![0.3, -0.3, 0.25, 40.0, -40.0, 0.0];
    let found = outcome(std::slice::from_ref(&values), 1, |t| {
        Fixed { point: 10 }.round(matrix(&t[0], 2, 3))
    });
    let most = 32767.0 / 1024.0;
    assert_eq!(found.values, [307.0 / 1024.0, -307.0 / 1024.0, 0.25, most, -32.0, 0.0]);
    let straight = outcome(&[values], 1, |t| matrix(&t[0], 2, 3) * 1.0);
    assert_eq!(found.gradients, straight.gradients);
}
