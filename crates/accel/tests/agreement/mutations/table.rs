//! The faults of the RTL.

/// A change of the RTL's text, which must stand there once.
pub(super) struct Fault {
    pub(super) file: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// What goes wrong.
    pub(super) what: &'static str,
    /// What shows it: the first job that fails, in the fixed memory model, or else under stalls.
    pub(super) caught: &'static str,
}

const fn fault(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    what: &'static str,
    caught: &'static str,
) -> Fault {
    Fault { file, from, to, what, caught }
}

#[rustfmt::skip]
pub(super) const FAULTS: &[Fault] = &[
    fault("axi_reader.sv", "20'(CHUNK) - 20'(beat[CL-1:0])", "20'(CHUNK) - 20'(beat[CL-1:0]) + 20'd1", "a burst one beat beyond its chunk", "hang"),
    fault("axi_reader.sv", "!ar_valid || ar_ready", "1'b1", "an address is given up when it has to wait", "hang under stalls"),
    fault("axi_reader.sv", "level != (AW + 1)'(DEPTH)", "level != (AW + 1)'(DEPTH - 1)", "one burst in flight less", "cycles"),
    fault("load_writer.sv", "!full || ends", "1'b1", "beats are taken while entries are still being written", "hang"),
    fault("load_writer.sv", "record[20] && !in_burst", "record[20]", "each beat of a first burst starts at the first word", "hang"),
    fault("load_unit.sv", "held.source + product", "held.source + product + 32'd1", "rows of tables one beat too far", "bits"),
    fault("input_unit.sv", "next == final_word", "next >= final_word - 14'd1", "the last input word is not taken", "cycles"),
    fault("accumulator.sv", "{{(W - C){negative}}, count}", "{{(W - C){1'b0}}, count}", "a subtracted popcount without its sign", "bits"),
    fault("accumulator.sv", "doubles ? {acc[W-2:0], 1'b0} : acc", "acc", "no doubling between planes", "bits"),
    fault("threshold_tile.sv", "value >= limit", "value > limit", "tie of a threshold", "bits"),
    fault("quantize_lane.sv", "17'(y) >= threshold", "17'(y) > threshold", "tie of a quantizer of one bit", "bits"),
    fault("norm_lane.sv", "19'(twice[0])", "19'd0", "rounding of the normalised value", "bits"),
    fault("embed_lane.sv", "$signed({31'd0, scaled[0]})", "32'sd0", "rounding of table rows", "bits"),
    fault("rescale_lane.sv", "33'(signed'(v[31:16]))", "33'(v[31:16])", "sign of the rescaling's upper half", "bits"),
    fault("residual.sv", "sum[18:15] == '0 || sum[18:15] == '1", "1'b1", "the residual stream wraps", "bits"),
    fault("operand_select.sv", "{bat_pkg::TILE{in_range}}", "{bat_pkg::TILE * bat_pkg::K{1'b1}}", "channels outside the range count", "bits"),
    fault("qmm_issue.sv", "reserve - 6'd1", "(reserve == 6'd1 ? 6'd0 : reserve - 6'd2)", "tiles a cycle too close for the drain", "cycles"),
    fault("code_writer.sv", "32'(plane[2:0])", "32'(3'(final_plane[2:0] - plane[2:0]))", "planes in the wrong order", "bits"),
    fault("score_tile.sv", "diagonal && j <= i", "diagonal && j < i", "a token does not see itself", "bits"),
    fault("score_tile.sv", "column + 16'(j) < 16'(tokens)", "column + 16'(j) <= 16'(tokens)", "a key token behind the last", "bits"),
    fault("max_tree.sv", "keys[2*i*W +: W] > keys[(2*i+1)*W +: W]", "keys[2*i*W +: W] < keys[(2*i+1)*W +: W]", "the smallest score as the maximum", "bits"),
    fault("exp_lane.sv", "!keep[2] ? 16'd0 : sps ? 16'(reached[1]) : entry", "sps ? 16'(reached[1]) : entry", "exponents of keys that are not allowed", "bits"),
    fault("exp_lane.sv", "difference[SW-1:0] > most ? last : shifted[AW-1:0]", "shifted[AW-1:0]", "the table's end is overrun", "bits"),
    fault("exp_unit.sv", "threshold[SW:0] - (SW + 1)'(1)", "threshold[SW:0]", "tie of SPS", "bits"),
    fault("exp_unit.sv", "first_tile_8 ? SUM'(0) : sums[g][r]", "sums[g][r]", "row sums are not cleared", "bits"),
    fault("sel_lane.sv", "!sum[55]", "!sum[55] && sum != 56'd0", "tie of an attention code", "bits"),
    fault("sel_row.sv", "{product_4, 31'd0} >> tau_shift", "{product_4, 30'd0} >> tau_shift", "the threshold of attention is halved", "bits"),
    fault("sel_row.sv", "4'(plane) + 4'd1", "4'(plane)", "planes of attention codes weigh half", "bits"),
    fault("sel_unit.sv", "16'(op.sum_base)", "16'(op.sum_base) + 16'd1", "row sums of the next block", "bits"),
    fault("moments.sv", "first ? 43'd0 : sq", "sq", "squares are not cleared", "bits"),
    fault("patch_dot.sv", "firsts[3] ? 32'sd0 : acc", "acc", "a patch starts from the channel before", "bits"),
    fault("unit_queue.sv", "counts[u * CW +: CW] >= candidate[u * CW +: CW]", "counts[u * CW +: CW] > candidate[u * CW +: CW]", "an instruction waits for one more", "hang"),
    fault("unit_queue.sv", "!start_valid || start_ready", "1'b1", "an instruction is overtaken while its unit is busy", "hang"),
    fault("sequencer.sv", "holding && !blocked", "holding", "a full queue is pushed into", "assertion"),
    fault("sequencer.sv", "17'($countones(done))", "17'(|done)", "two units done in one cycle count as one", "hang"),
    fault("head_unit.sv", "!in_flight[3]", "1'b1", "logits leave no room for those on their way", "bits under stalls"),
];
