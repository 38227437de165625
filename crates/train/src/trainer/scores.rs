//! Figures by which predictions are judged.

/// The share of equal pairs, 0 to 1.
#[must_use]
pub fn accuracy(predicted: &[usize], expected: &[usize]) -> f64 {
    let equal = predicted.iter().zip(expected).filter(|(p, e)| p == e).count();
    equal as f64 / expected.len().max(1) as f64
}

/// Matthews correlation of classes (the multi-class form of Gorodkin 2004), -1 to 1; 0 where it is undefined.
#[must_use]
pub fn matthews(predicted: &[usize], expected: &[usize]) -> f64 {
    let classes = predicted.iter().chain(expected).max().map_or(0, |&most| most + 1);
    let (mut p, mut e) = (vec![0.0; classes], vec![0.0; classes]);
    let mut hits = 0.0;
    for (&i, &j) in predicted.iter().zip(expected) {
        p[i] += 1.0;
        e[j] += 1.0;
        hits += f64::from(u8::from(i == j));
    }
    let n = expected.len() as f64;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let spread = ((n * n - dot(&p, &p)) * (n * n - dot(&e, &e))).sqrt();
    if spread > 0.0 { (hits * n - dot(&p, &e)) / spread } else { 0.0 }
}

/// Pearson correlation, -1 to 1; 0 where one side is constant.
#[must_use]
pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().max(1) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    let spread = (aa * bb).sqrt();
    if spread > 0.0 { ab / spread } else { 0.0 }
}

/// Spearman correlation: Pearson's of the ranks, equal values sharing their mean rank.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    pearson(&ranks(a), &ranks(b))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    for group in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let first = order.partition_point(|&i| values[i] < values[group[0]]);
        for &i in group {
            ranks[i] = first as f64 + (group.len() - 1) as f64 / 2.0;
        }
    }
    ranks
}

/// Position of the greatest value; the first of equals.
#[must_use]
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matthews_by_hand() {
        // true positives 2, true negatives 1, false positives 1, false negatives 1
        let found = matthews(&[1, 1, 1, 0, 0], &[1, 1, 0, 1, 0]);
        let expected = (2.0 * 1.0 - 1.0 * 1.0) / (3.0_f64 * 3.0 * 2.0 * 2.0).sqrt();
        assert!((found - expected).abs() < 1e-12);
        assert_eq!(matthews(&[0, 0], &[0, 1]), 0.0);
    }

    #[test]
    fn spearman_sees_order_only_and_shares_ranks() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [1.0, 10.0, 100.0, 1000.0]);
        assert!((spearman(&a, &b) - 1.0).abs() < 1e-12);
        assert!(pearson(&a, &b) < 0.95);
        assert_eq!(ranks(&[5.0, 1.0, 5.0]), [1.5, 0.0, 1.5]);
    }

    #[test]
    fn pearson_of_opposites_and_of_a_constant() {
        assert!((pearson(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
        assert_eq!(pearson(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    }

    #[test]
    fn accuracy_and_argmax() {
        assert_eq!(accuracy(&[1, 0, 1, 1], &[1, 1, 1, 1]), 0.75);
        assert_eq!(argmax(&[0.0, 2.0, 2.0]), 1);
    }
}
