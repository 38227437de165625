//! See the manual, section on `input`.

use super::{Times, machine::Machine};
use crate::isa;

/// Cycles from taking an instruction to its first word.
const START: u64 = 1;

/// Takes `words` words of the input stream into I.
///
/// # Panics
/// If the stream or I has fewer words: whoever makes the schedule has checked both.
pub fn execute(op: &isa::Input, machine: &mut Machine) {
    for (at, word) in machine.input.drain(..op.words as usize).enumerate() {
        machine.i.set(at, 0, 32, u64::from(word));
    }
}

/// When it is done, if every word is there when the unit is ready for it. The last word is written in the
/// cycle after its acceptance, which is the cycle in which the unit is free again.
#[must_use]
pub fn times(op: &isa::Input, accept: u64) -> Times {
    let end = accept + START + op.words as u64;
    Times { ready: end, done: end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn words_leave_the_stream_in_order() {
        let sizes = Config::preset("tiny").unwrap().sizes().clone();
        let mut machine = Machine::new(&sizes, Vec::new(), vec![7, u32::MAX, 9]);
        execute(&isa::Input { words: 2 }, &mut machine);
        assert_eq!((machine.i.get(0, 0, 32), machine.i.get(1, 0, 32)), (7, u64::from(u32::MAX)));
        assert_eq!(machine.input, [9]);
    }
}
