// Steps of the array: for each block, tile, pass, chunk one step a cycle, the first in the cycle after the instruction is taken.
//   left word  = left_base  + block * left_block_stride + left_plane  * left_plane_stride  + chunk
//   right word = right_base + tile  * right_tile_stride + right_plane * right_plane_stride + chunk
// The last step of a tile waits until the drain has taken the tile before: `reserve` cycles from last step to last step.
// The next instruction is taken in the cycle of the last step; whether a counter stands at its last value is kept in a register
// beside it, for `start_ready` goes far. Stages: 0 counters, 2 addresses, 3 data, selection and range.
module qmm_issue (
  input  logic                      clk,
  input  logic                      rst,
  input  logic                      start_valid,
  output logic                      start_ready,
  input  bat_pkg::qmm_t             op,
  output logic [bat_pkg::PT_AW-1:0] pt_addr,
  input  bat_pkg::pass_t            pt_data,
  output logic [15:0]               left_addr,   // stage 2
  output logic [15:0]               right_addr,
  output logic [1:0]                left_sel,    // stage 3: 0 H, 1 G, 2 A, 3 ones
  output logic [1:0]                right_sel,   // stage 3: {ones, KV}
  output logic [bat_pkg::K-1:0]     in_range,    // stage 3
  output logic [3:0]                step,        // stage 3: {negative, doubles, first, valid}
  output logic                      tile_end,    // stage 0: the last step of a tile, and which
  output logic                      tile_final,
  output bat_pkg::qmm_t             tile_op,
  output logic [9:0]                tile_block,
  output logic [11:0]               tile_number
);
  localparam int PT_AW = bat_pkg::PT_AW;
  localparam logic [bat_pkg::K-1:0] ONES = '1;
  bat_pkg::qmm_t o;
  logic busy, go, accept, last_chunk, last_pass, last_tile, last_block, ends, is_last, may_end, chunk_ends, waits;
  logic [7:0] chunk, passed;
  logic [9:0] block;
  logic [11:0] tile;
  logic [15:0] left_block, right_tile;
  logic [5:0] reserve, wait_for;

  assign last_chunk = pt_data.null_ || chunk_ends;
  assign ends = last_chunk && last_pass;
  assign is_last = ends && last_tile && last_block;
  assign go = busy && !(ends && waits);
  assign may_end = last_pass && last_tile && last_block && !waits;  // PT's word is late: it enters last
  assign start_ready = !busy || (last_chunk && may_end);
  assign accept = start_valid && start_ready;
  assign tile_end = go && ends;
  assign tile_final = is_last;
  assign tile_op = o;
  assign tile_block = block;
  assign tile_number = tile;

  always_ff @(posedge clk) begin
    if (rst) busy <= 1'b0;
    else busy <= accept || (busy && !(go && is_last));
    if (accept) o <= op;
    if (accept || (go && last_chunk)) begin
      chunk <= '0;
      chunk_ends <= (accept ? op.chunks : o.chunks) == 8'd1;
    end else if (go) begin
      chunk <= chunk + 8'd1;
      chunk_ends <= chunk + 8'd2 == o.chunks;
    end
    if (accept) begin
      passed <= '0;
      last_pass <= op.passes == 8'd1;
      pt_addr <= PT_AW'(op.pass_base);
    end else if (go && last_chunk) begin
      passed <= last_pass ? '0 : passed + 8'd1;
      last_pass <= last_pass ? o.passes == 8'd1 : passed + 8'd2 == o.passes;
      pt_addr <= last_pass ? PT_AW'(o.pass_base) : pt_addr + PT_AW'(1);
    end
    if (accept) begin
      tile <= '0;
      last_tile <= op.tiles == 12'd1;
      right_tile <= op.right_base;
      block <= '0;
      last_block <= op.blocks == 10'd1;
      left_block <= op.left_base;
    end else if (go && ends) begin
      tile <= last_tile ? '0 : tile + 12'd1;
      last_tile <= last_tile ? o.tiles == 12'd1 : tile + 12'd2 == o.tiles;
      right_tile <= last_tile ? o.right_base : right_tile + o.right_tile_stride;
      if (last_tile) begin
        block <= block + 10'd1;
        last_block <= block + 10'd2 == o.blocks;
        left_block <= left_block + 16'(o.left_block_stride);
      end
    end
    if (accept) begin
      if (op.mode == 2'd1) reserve <= 6'(op.bits) > 6'(bat_pkg::G) ? 6'(op.bits) : 6'(bat_pkg::G);
      else reserve <= op.mode == 2'd2 ? 6'(bat_pkg::G) : 6'd1;
    end
    if (rst) {waits, wait_for} <= '0;
    else if (go && ends) {waits, wait_for} <= {reserve != 6'd1, reserve - 6'd1};
    else if (waits) {waits, wait_for} <= {wait_for != 6'd1, wait_for - 6'd1};
  end

  // Adders: a multiplier behind PT would hold the clock.
  function automatic logic [15:0] planes(logic [2:0] plane, logic [11:0] stride);
    planes = (plane[0] ? 16'(stride) : '0) + (plane[1] ? 16'({stride, 1'b0}) : '0) + (plane[2] ? 16'({stride, 2'b0}) : '0);
  endfunction

  // Stage 1: the products of planes; stage 2: addresses; stage 3: the range.
  logic [15:0] left_at, right_at, left_plane, right_plane;
  logic [10:0] from_1, from_2, to_1, to_2;
  logic [7:0] flags_1, flags_2;
  always_ff @(posedge clk) begin
    left_at <= left_block + 16'(chunk);
    right_at <= right_tile + 16'(chunk);
    left_plane <= planes(pt_data.left_plane, o.left_plane_stride);
    right_plane <= planes(pt_data.right_plane, o.right_plane_stride);
    from_1 <= chunk == '0 ? 11'(o.lo) : '0;
    if (pt_data.null_) to_1 <= '0;
    else to_1 <= last_chunk ? o.hi : 11'(bat_pkg::K);
    flags_1 <= {pt_data.left_ones ? 2'd3 : o.left, pt_data.right_ones, o.right, pt_data.negative,
                pt_data.doubles && chunk == '0, pt_data.first && chunk == '0, go && !rst};
    left_addr <= left_at + left_plane;
    right_addr <= right_at + right_plane;
    {from_2, to_2, flags_2} <= {from_1, to_1, flags_1 & {7'h7f, !rst}};
    {left_sel, right_sel, step} <= flags_2 & {7'h7f, !rst};
    in_range <= (ONES << from_2) & ~(ONES << to_2);
  end
  // verilator lint_off UNUSEDSIGNAL
  logic unused;  // the reserved bits of a pass
  assign unused = &{1'b0, pt_data.reserved};
  // verilator lint_on UNUSEDSIGNAL
endmodule
