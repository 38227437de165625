//! Operators against the machine's limits (Williams, Waterman, Patterson 2009).
//!
//! An operator can take no less time than its operations at the compute limit, and no less than its bytes
//! at the bandwidth of where they lie; the larger of the two binds.

use noctule_engine::Operator;
use serde::Serialize;

use super::{
    cost::{Cost, Costs},
    machine::Ceiling,
    measure::{OperatorTime, OperatorTimes},
};
use crate::error::Error;

/// An operator in one layer, in all of them, or outside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub operator: &'static str,
    /// Which layer; none: outside, or all layers together.
    pub layer: Option<usize>,
    /// What computes it.
    pub kernel: String,
    /// Whether it is a matrix product of bits.
    pub product: bool,
    /// Milliseconds of an inference.
    pub ms: f64,
    /// Part of an inference's time, 0 to 1.
    pub share_of_time: f64,
    /// Bit operations, 2 a multiply-accumulate; passes over codes of several bits count.
    pub binary_operations: u64,
    /// 32-bit operations.
    pub arithmetic_operations: u64,
    /// Bytes of weights and parameters.
    pub weight_bytes: u64,
    /// Bytes of activations, read and written.
    pub activation_bytes: u64,
    /// Milliseconds that the compute limit allows.
    pub compute_limit_ms: f64,
    /// Milliseconds that the memory limit allows.
    pub memory_limit_ms: f64,
    /// The larger of both limits against the time, 0 to 1.
    pub share_of_limit: f64,
    /// Which of both binds: `compute` or `memory`.
    pub binds: &'static str,
}

impl Row {
    /// Bytes moved.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.weight_bytes + self.activation_bytes
    }

    /// Operations of both kinds.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.binary_operations + self.arithmetic_operations
    }

    /// 10^9 operations a second.
    #[must_use]
    pub fn gops(&self) -> f64 {
        self.operations() as f64 / (self.ms * 1e6)
    }

    fn new(part: &OperatorTime, whole_ms: f64) -> Self {
        let OperatorTime { layer, operator, kernel, ms } = *part;
        Self {
            operator: operator.name(),
            layer,
            kernel: kernel.to_string(),
            product: operator.is_product(),
            ms,
            share_of_time: ms / whole_ms,
            binary_operations: 0,
            arithmetic_operations: 0,
            weight_bytes: 0,
            activation_bytes: 0,
            compute_limit_ms: 0.0,
            memory_limit_ms: 0.0,
            share_of_limit: 0.0,
            binds: "",
        }
    }

    fn limited(mut self, cost: Cost, ceiling: &Ceiling, program_bytes: u64) -> Self {
        self.binary_operations = cost.binary;
        self.arithmetic_operations = cost.arithmetic;
        self.weight_bytes = cost.weights;
        self.activation_bytes = cost.activations;
        let read = |bytes: u64, footprint: u64| {
            let rate = ceiling.level(footprint).map_or(0.0, |level| level.gbytes_per_second);
            milliseconds(bytes, rate)
        };
        self.compute_limit_ms = milliseconds(cost.binary, ceiling.products(cost.bits))
            + milliseconds(cost.arithmetic, ceiling.arithmetic_gops);
        self.memory_limit_ms =
            read(cost.weights, program_bytes) + read(cost.activations, cost.activations);
        self.judged()
    }

    fn judged(mut self) -> Self {
        let limit = self.compute_limit_ms.max(self.memory_limit_ms);
        self.share_of_limit = if self.ms > 0.0 { limit / self.ms } else { 0.0 };
        self.binds =
            if self.memory_limit_ms > self.compute_limit_ms { "memory" } else { "compute" };
        self
    }

    /// This and the same operator of another layer.
    fn and(mut self, other: &Self) -> Self {
        self.layer = None;
        self.ms += other.ms;
        self.share_of_time += other.share_of_time;
        self.binary_operations += other.binary_operations;
        self.arithmetic_operations += other.arithmetic_operations;
        self.weight_bytes += other.weight_bytes;
        self.activation_bytes += other.activation_bytes;
        self.compute_limit_ms += other.compute_limit_ms;
        self.memory_limit_ms += other.memory_limit_ms;
        self.judged()
    }
}

/// Units of work at 10^9 of them a second.
fn milliseconds(work: u64, giga_per_second: f64) -> f64 {
    if work == 0 { 0.0 } else { work as f64 / (giga_per_second * 1e6) }
}

/// Where an inference's time goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Roofline {
    /// Milliseconds of an inference, measured with the clock at every operator.
    pub whole_ms: f64,
    /// What no operator accounts for: threads that wait, and the clock itself.
    pub other_ms: f64,
    /// Part of the time outside matrix products, 0 to 1.
    pub outside_products: f64,
    /// Every operator of every layer, in order of computation.
    pub operators: Vec<Row>,
}

impl Roofline {
    /// Sets times against the limits of their kernels.
    ///
    /// # Errors
    /// [`Error::Input`] if an operator's kernel has no limits.
    pub fn new(times: &OperatorTimes, costs: &Costs, limits: &[Ceiling]) -> Result<Self, Error> {
        let (whole_ms, program_bytes) = (times.whole_ms, costs.program_bytes());
        let row = |part: &OperatorTime| {
            let row = Row::new(part, whole_ms);
            let ceiling = limits.iter().find(|ceiling| ceiling.kernel == row.kernel);
            let missing = || Error::Input(format!("kernel {} was not calibrated", part.kernel));
            let ceiling = ceiling.ok_or_else(missing)?;
            let cost = costs.of(part.layer, part.operator, [ceiling.planes, ceiling.number_planes]);
            Ok(row.limited(cost, ceiling, program_bytes))
        };
        let operators = times.operators.iter().map(row).collect::<Result<Vec<Row>, Error>>()?;
        let sum: f64 = operators.iter().map(|row| row.ms).sum();
        let products: f64 = operators.iter().filter(|row| row.product).map(|row| row.ms).sum();
        Ok(Self {
            whole_ms,
            other_ms: (whole_ms - sum).max(0.0),
            outside_products: 1.0 - products / whole_ms,
            operators,
        })
    }

    /// Each operator once, all layers together, in order of computation.
    #[must_use]
    pub fn by_operator(&self) -> Vec<Row> {
        let of = |operator: Operator| {
            let mut rows = self.operators.iter().filter(|row| row.operator == operator.name());
            let first = rows.next()?.clone();
            Some(rows.fold(Row { layer: None, ..first }, Row::and))
        };
        Operator::ALL.into_iter().filter_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::machine::Memory;
    use noctule_engine::KernelName;
    use noctule_program::generate;

    fn part(layer: Option<usize>, operator: Operator, ms: f64) -> OperatorTime {
        OperatorTime { layer, operator, kernel: KernelName::Scalar, ms }
    }

    fn ceiling() -> Ceiling {
        let level = |level: &str, capacity, gbytes_per_second| Memory {
            level: level.into(),
            capacity,
            gbytes_per_second,
        };
        Ceiling {
            kernel: "scalar".into(),
            threads: 1,
            planes: 1,
            number_planes: 1,
            binary_gops: 1000.0,
            one_bit_gops: 2000.0,
            arithmetic_gops: 10.0,
            memory: vec![level("L1", Some(1 << 15), 100.0), level("memory", None, 1.0)],
        }
    }

    #[test]
    fn the_slower_limit_binds() {
        let row = || Row::new(&part(Some(0), Operator::Up, 2.0), 10.0);
        let products = Cost { binary: 1_000_000_000, bits: 4, weights: 1000, ..Cost::default() };
        let bound = row().limited(products, &ceiling(), 1000);
        assert_eq!((bound.binds, bound.share_of_limit), ("compute", 0.5));
        let bound = row().limited(Cost { bits: 1, ..products }, &ceiling(), 1000);
        assert_eq!((bound.binds, bound.share_of_limit), ("compute", 0.25));
        // The same weights as part of a program that only main memory holds.
        let far = Cost { weights: 1_500_000, ..Cost::default() };
        let bound = row().limited(far, &ceiling(), 1 << 30);
        assert_eq!((bound.binds, bound.share_of_limit), ("memory", 0.75));
    }

    #[test]
    fn operators_and_the_rest_are_the_whole() {
        let program = generate::program(5);
        let costs = Costs::new(&program, program.max_tokens);
        let operators = vec![
            part(None, Operator::Embed, 1.0),
            part(Some(0), Operator::Up, 3.0),
            part(Some(1), Operator::Up, 2.0),
            part(None, Operator::Head, 0.5),
        ];
        let times = OperatorTimes { whole_ms: 8.0, operators };
        let roofline = Roofline::new(&times, &costs, &[ceiling()]).unwrap();
        assert!(Roofline::new(&times, &costs, &[]).is_err());
        assert_eq!((roofline.other_ms, roofline.outside_products), (1.5, 0.375));
        let rows = roofline.by_operator();
        let names: Vec<_> = rows.iter().map(|row| (row.operator, row.ms)).collect();
        assert_eq!(names, [("embed", 1.0), ("up", 5.0), ("head", 0.5)]);
    }
}
