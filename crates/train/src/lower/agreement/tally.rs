//! Counting.

use std::collections::BTreeMap;

use noctule_program::interpret::Tap;

/// All counts of a comparison.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agreement {
    /// Sequences compared.
    pub(crate) inputs: u64,
    /// By site.
    pub(crate) codes: BTreeMap<Tap, CodeTally>,
    /// By place of the residual stream.
    pub(crate) streams: BTreeMap<Tap, StreamTally>,
    /// Of the logits.
    pub(crate) logits: LogitTally,
}

/// Codes of one site.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CodeTally {
    /// Compared with the trained network.
    pub(crate) end_to_end: Share,
    /// Compared with the float rule on the program's own input.
    pub(crate) same_input: Share,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) equal: u64,
    pub(crate) all: u64,
}

/// The residual stream at one place.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StreamTally {
    /// Trained network against program.
    pub(crate) moments: Moments,
    /// Sum and number of squared differences to the float rule on the program's own input, in steps.
    pub(crate) squares: f64,
    pub(crate) count: u64,
}

/// Logits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LogitTally {
    /// Trained network against program.
    pub(crate) moments: Moments,
    /// Largest difference.
    pub(crate) largest: f64,
    /// Same largest class, or for a single logit the same sign.
    pub(crate) decisions: Share,
}

/// Sums for a correlation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moments {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Share {
    /// The share, 1 where nothing was compared.
    pub(crate) fn value(self) -> f64 {
        if self.all == 0 { 1.0 } else { self.equal as f64 / self.all as f64 }
    }

    fn add(&mut self, equal: bool) {
        self.equal += u64::from(equal);
        self.all += 1;
    }

    fn merge(&mut self, other: Self) {
        self.equal += other.equal;
        self.all += other.all;
    }
}

impl StreamTally {
    /// Root of the mean squared difference, in steps of the stream.
    pub(crate) fn error(self) -> f64 {
        (self.squares / self.count.max(1) as f64).sqrt()
    }
}

impl Moments {
    fn add(&mut self, x: f64, y: f64) {
        self.merge(Self { n: 1.0, x, y, xx: x * x, yy: y * y, xy: x * y });
    }

    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.x += other.x;
        self.y += other.y;
        self.xx += other.xx;
        self.yy += other.yy;
        self.xy += other.xy;
    }

    /// Pearson's correlation; none where one side does not vary.
    pub(crate) fn correlation(self) -> Option<f64> {
        let covariance = self.n * self.xy - self.x * self.y;
        let spread = (self.n * self.xx - self.x * self.x) * (self.n * self.yy - self.y * self.y);
        (spread > 0.0).then(|| covariance / spread.sqrt())
    }
}

impl Agreement {
    /// Codes of the trained network against the program's; `counted` says which matter.
    pub(crate) fn end_to_end(
        &mut self,
        tap: Tap,
        trained: &[i32],
        program: &[i32],
        counted: Option<&[bool]>,
    ) {
        let tally = &mut self.codes.entry(tap).or_default().end_to_end;
        for (n, (a, b)) in trained.iter().zip(program).enumerate() {
            if counted.is_none_or(|counted| counted[n]) {
                tally.add(a == b);
            }
        }
    }

    /// Codes of the float rule against the program's.
    pub(crate) fn same_input(&mut self, tap: Tap, rule: &[i32], program: &[i32]) {
        let tally = &mut self.codes.entry(tap).or_default().same_input;
        rule.iter().zip(program).for_each(|(a, b)| tally.add(a == b));
    }

    /// Real values of the trained network against the program's, of `step` each.
    pub(crate) fn stream(&mut self, tap: Tap, trained: &[f64], program: &[i32], step: f64) {
        let moments = &mut self.streams.entry(tap).or_default().moments;
        for (&x, &y) in trained.iter().zip(program) {
            moments.add(x, f64::from(y) * step);
        }
    }

    /// The float rule's unrounded result, in steps, against the program's.
    pub(crate) fn stream_error(&mut self, tap: Tap, rule: &[f64], program: &[i32]) {
        let tally = self.streams.entry(tap).or_default();
        for (x, &y) in rule.iter().zip(program) {
            tally.squares += (x - f64::from(y)).powi(2);
            tally.count += 1;
        }
    }

    /// Real logits, `outputs` for each token of the head; counts the sequence.
    pub(crate) fn logits(&mut self, trained: &[f64], program: &[f64], outputs: usize) {
        self.inputs += 1;
        for (&x, &y) in trained.iter().zip(program) {
            self.logits.moments.add(x, y);
            self.logits.largest = self.logits.largest.max((x - y).abs());
        }
        for (x, y) in trained.chunks_exact(outputs).zip(program.chunks_exact(outputs)) {
            self.logits.decisions.add(decision(x) == decision(y));
        }
    }

    /// Adds another comparison's counts.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.inputs += other.inputs;
        for (tap, tally) in &other.codes {
            let mine = self.codes.entry(*tap).or_default();
            mine.end_to_end.merge(tally.end_to_end);
            mine.same_input.merge(tally.same_input);
        }
        for (tap, tally) in &other.streams {
            let mine = self.streams.entry(*tap).or_default();
            mine.moments.merge(tally.moments);
            mine.squares += tally.squares;
            mine.count += tally.count;
        }
        self.logits.moments.merge(other.logits.moments);
        self.logits.largest = self.logits.largest.max(other.logits.largest);
        self.logits.decisions.merge(other.logits.decisions);
    }
}

/// The first largest logit, or whether a single one is at least 0.
fn decision(logits: &[f64]) -> usize {
    match logits {
        [single] => usize::from(*single >= 0.0),
        _ => (1..logits.len()).fold(0, |best, n| if logits[n] > logits[best] { n } else { best }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_is_pearsons() {
        let mut moments = Moments::default();
        [1.0, 2.0, 3.0].iter().for_each(|&x| moments.add(x, 2.0 * x));
        assert!((moments.correlation().unwrap() - 1.0).abs() < 1e-12);
        moments.add(4.0, -9.0);
        assert!(moments.correlation().unwrap() < 0.0);
        assert_eq!(Moments::default().correlation(), None);
    }

    #[test]
    fn decisions_are_classes_or_signs() {
        let mut agreement = Agreement::default();
        agreement.logits(&[1.0, 2.0, 0.0], &[3.0, 2.5, 0.0], 3);
        agreement.logits(&[1.0, -2.0, 0.5], &[0.1, 2.5, 0.1], 1);
        let decisions = agreement.logits.decisions;
        assert_eq!((decisions.equal, decisions.all, agreement.inputs), (2, 4, 2));
        assert_eq!(agreement.logits.largest, 4.5);
    }
}
