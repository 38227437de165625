//! The faults of the RTL.

/// A change of the RTL's text, which must stand there once.
pub(super) struct Fault {
    pub(super) file: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// What goes wrong.
    pub(super) what: &'static str,
}

const fn fault(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    what: &'static str,
) -> Fault {
    Fault { file, from, to, what }
}

#[rustfmt::skip]
pub(super) const FAULTS: &[Fault] = &[
    fault("axi_reader.sv", "20'(CHUNK) - 20'(beat[CL-1:0])", "20'(CHUNK) - 20'(beat[CL-1:0]) + 20'd1", "a burst one beat beyond its chunk"),
    fault("axi_reader.sv", "!ar_valid || ar_ready", "1'b1", "an address is given up when it has to wait"),
    fault("axi_reader.sv", "level != (AW + 1)'(DEPTH)", "level != (AW + 1)'(DEPTH - 1)", "one burst in flight less"),
    fault("load_writer.sv", "!full || ends", "1'b1", "beats are taken while entries are still being written"),
    fault("load_writer.sv", "record[20] && !in_burst", "record[20]", "each beat of a first burst starts at the first word"),
    fault("load_unit.sv", "held.source + 32'(low)", "held.source + 32'(low) + 32'd1", "rows of tables one beat too far"),
    fault("input_unit.sv", "next == final_word", "next >= final_word - 14'd1", "the last input word is not taken"),
    fault("accumulator.sv", "{{(W - C){negative}}, count}", "{{(W - C){1'b0}}, count}", "a subtracted popcount without its sign"),
    fault("accumulator.sv", "doubles ? {acc[W-2:0], 1'b0} : acc", "acc", "no doubling between planes"),
    fault("threshold_tile.sv", "value >= limit", "value > limit", "tie of a threshold"),
    fault("quantize_lane.sv", "(add)", "add - 48'sd1", "tie of a quantizer of one bit"),
    fault("norm_lane.sv", "48'h80 << {step, 3'd0}", "48'd0", "rounding of the normalised value"),
    fault("embed_lane.sv", "$signed({31'd0, scaled[0]})", "32'sd0", "rounding of table rows"),
    fault("rescale_lane.sv", "q[34] && unsigned_", "1'b0 && unsigned_", "codes below the smallest"),
    fault("residual.sv", "sum[18:15] == '0 || sum[18:15] == '1", "1'b1", "the residual stream wraps"),
    fault("weight_memory.sv", "raddr[$clog2(LOW)]", "1'b0", "the second bank of weights is not read"),
    fault("operand_select.sv", "{bat_pkg::TILE{in_range}}", "{bat_pkg::TILE * bat_pkg::K{1'b1}}", "channels outside the range count"),
    fault("qmm_issue.sv", "reserve - 6'd1", "(reserve == 6'd1 ? 6'd0 : reserve - 6'd2)", "tiles a cycle too close for the drain"),
    fault("code_writer.sv", "code[plane]", "code[3'd7 - plane]", "planes in the wrong order"),
    fault("score_tile.sv", "diagonal && j <= i", "diagonal && j < i", "a token does not see itself"),
    fault("score_tile.sv", "column + 16'(j) < 16'(tokens)", "column + 16'(j) <= 16'(tokens)", "a key token behind the last"),
    fault("larger.sv", "first ? a : b", "first ? b : a", "the smallest score as the maximum"),
    fault("exp_lane.sv", "!keep[2] ? 16'd0 : sps ? 16'(reached[1]) : entry", "sps ? 16'(reached[1]) : entry", "exponents of keys that are not allowed"),
    fault("exp_lane.sv", "beyond ? last : shifted[AW-1:0]", "shifted[AW-1:0]", "the table's end is overrun"),
    fault("exp_unit.sv", "threshold[SW:0] - (SW + 1)'(1)", "threshold[SW:0]", "tie of SPS"),
    fault("exp_unit.sv", "first_tile_8 ? SUM'(0) : sums[g][r]", "sums[g][r]", "row sums are not cleared"),
    fault("sel_lane.sv", "!sum[55]", "!sum[55] && sum != 56'd0", "tie of an attention code"),
    fault("sel_row.sv", "{product_4, 31'd0} >> tau_shift", "{product_4, 30'd0} >> tau_shift", "the threshold of attention is halved"),
    fault("sel_row.sv", "4'(plane) + 4'd1", "4'(plane)", "planes of attention codes weigh half"),
    fault("sel_unit.sv", "16'(op.sum_base)", "16'(op.sum_base) + 16'd1", "row sums of the next block"),
    fault("moments.sv", "first ? 43'd0 : sq", "sq", "squares are not cleared"),
    fault("patch_dot.sv", "firsts[3] ? 32'sd0 : acc", "acc", "a patch starts from the channel before"),
    fault("unit_queue.sv", "counts[u * CW +: CW] >= candidate[u * CW +: CW]", "counts[u * CW +: CW] > candidate[u * CW +: CW]", "an instruction waits for one more"),
    fault("unit_queue.sv", "!start_valid || start_ready", "1'b1", "an instruction is overtaken while its unit is busy"),
    fault("sequencer.sv", "holding && !blocked", "holding", "a full queue is pushed into"),
    fault("sequencer.sv", "pending + 17'(pushing) - 17'($countones(done_1))", "pending + 17'(pushing) - 17'(|done_1)", "two units done in one cycle count as one"),
    fault("head_unit.sv", "!in_flight[3]", "1'b1", "logits leave no room for those on their way"),
];
