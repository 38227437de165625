// Steps of an instruction of `exp` or `sel`, one a cycle:
//
//   for each block, for each key tile, for each group of PA rows, for plane = bits - 1 down to 0
//
// Cycle 0 takes the instruction, cycles 1 .. steps are its steps; the last one may take the next instruction. Whether a counter
// stands at its last value, and whether all do, is kept in registers beside them, for `start_ready` goes far.
module attention_walk (
  input  logic        clk,
  input  logic        rst,
  input  logic        start_valid,
  output logic        start_ready,
  input  logic [9:0]  blocks,
  input  logic [11:0] tiles,
  input  logic [3:0]  bits,
  output logic        take,         // an instruction is taken; what follows belongs to the step of this cycle
  output logic        valid,
  output logic [4:0]  group,
  output logic [3:0]  plane,
  output logic        first_plane,
  output logic        first_tile,
  output logic        group_end,    // last plane of a group
  output logic        tile_end,     // and last group of a tile
  output logic        block_end,    // and last tile of a block
  output logic        finish        // and last block
);
  logic [9:0]  block, last_block;
  logic [11:0] tile, last_tile;
  logic [3:0]  top_plane;
  logic        plane_ends, group_ends, tile_ends, block_ends, all_end;
  logic        next_plane_ends, next_group_ends, next_tile_ends, next_block_ends;

  assign first_plane = plane == top_plane;
  assign first_tile = tile == 0;
  assign group_end = valid && plane_ends;
  assign tile_end = group_end && group_ends;
  assign block_end = tile_end && tile_ends;
  assign finish = valid && all_end;
  assign start_ready = !valid || all_end;
  assign take = start_valid && start_ready;

  always_comb begin
    next_plane_ends = group_end ? top_plane == 4'd0 : plane == 4'd1;
    next_group_ends = group_end ? bat_pkg::GA == 1 || (!tile_end && group == 5'(bat_pkg::GA - 2)) : group_ends;
    next_tile_ends = !tile_end ? tile_ends : block_end ? last_tile == 12'd0 : tile + 12'd1 == last_tile;
    next_block_ends = block_end ? block + 10'd1 == last_block : block_ends;
    if (take) {next_block_ends, next_tile_ends} = {blocks == 10'd1, tiles == 12'd1};
    if (take) {next_group_ends, next_plane_ends} = {bat_pkg::GA == 1, bits == 4'd1};
  end

  always_ff @(posedge clk) begin
    valid <= !rst && (take || (valid && !finish));
    plane <= group_end ? top_plane : plane - 4'd1;
    if (group_end) group <= tile_end ? 5'd0 : group + 5'd1;
    if (tile_end) tile <= block_end ? 12'd0 : tile + 12'd1;
    if (block_end) block <= block + 10'd1;
    if (take) begin
      {last_block, last_tile, top_plane} <= {blocks - 10'd1, tiles - 12'd1, bits - 4'd1};
      {block, tile, group, plane} <= {10'd0, 12'd0, 5'd0, bits - 4'd1};
    end
    {block_ends, tile_ends, group_ends, plane_ends} <= {next_block_ends, next_tile_ends, next_group_ends, next_plane_ends};
    all_end <= next_block_ends && next_tile_ends && next_group_ends && next_plane_ends;
  end
endmodule
