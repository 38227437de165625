//! How deep a memory that loads fill must be: where its words lie depends on its depth, so depths are tried.

use super::{Refused, Schedule, loads::Dest, net::Net};
use crate::config::{Config, Sizes};

/// The refusal with a need that is known to be enough; of other limits the need is known already.
pub(super) fn real(refused: Refused, net: &Net<'_>, config: &Config, tokens: usize) -> Refused {
    let Refused::Limit { config: name, what, knob, need, have } = refused else { return refused };
    let dest = Dest::ALL.into_iter().find(|dest| dest.depth(config.sizes()).0 == knob);
    let need = dest.map_or(need, |dest| enough(dest, net, config, tokens, need));
    Refused::Limit { config: name, what, knob, need, have }
}

/// A depth from `least` on with which the memory stops no schedule, one less than which it does; more than
/// [`Sizes::most`] if none is enough.
fn enough(dest: Dest, net: &Net<'_>, config: &Config, tokens: usize, least: usize) -> usize {
    let (knob, have) = dest.depth(config.sizes());
    let most = Sizes::most(knob);
    let suffices = |depth| suffices(dest, depth, net, config, tokens);
    let (mut less, mut more) = (have.max(least - 1), least);
    while more <= most && !suffices(more) {
        (less, more) = (more, if more == most { most + 1 } else { most.min(2 * more) });
    }
    while more <= most && less + 1 < more {
        let middle = less.midpoint(more);
        if suffices(middle) { more = middle } else { less = middle }
    }
    more
}

fn suffices(dest: Dest, depth: usize, net: &Net<'_>, config: &Config, tokens: usize) -> bool {
    let knob = dest.depth(config.sizes()).0;
    let sizes = dest.deepened(config.sizes(), depth);
    let Ok(deeper) = Config::new(config.name(), sizes, config.outside().clone()) else {
        return false;
    };
    let tried = Schedule::as_it_is(net, &deeper, tokens);
    !matches!(tried, Err(Refused::Limit { knob: stopped, .. }) if stopped == knob)
}
