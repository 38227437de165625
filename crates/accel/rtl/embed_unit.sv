// One block of tokens into X: x = sat16(patch + value(table 0) + value(table 1) + value(table 2)), a row at a time, TILE channels a step.
//
//   embed_walk --> B --> source 0 --> source 1 --> source 2 --> sat16 --> X
//        |           |      ^ patch (source j works a cycle after source j - 1)
//        +-----> I --+-> patch_dot
//
// Cycles: taken in A, the walk starts in A + 3 and lasts L = the sum of its rows' cycles (`embed_walk`); the next instruction is taken
// in A + 3 + L. A step of the walk writes X 10 cycles later; `done` is high with the last write.
module embed_unit (
  input  logic                                    clk,
  input  logic                                    rst,
  input  logic                                    start_valid,
  output logic                                    start_ready,
  input  bat_pkg::embed_t                         op,
  output logic                                    done,
  output logic [15:0]                             b_addr,
  input  logic [bat_pkg::BEAT-1:0]                b_data,
  output logic [15:0]                             i_addr,
  /* verilator lint_off UNUSEDSIGNAL */
  input  logic [31:0]                             i_data,       // ids are for `load`
  /* verilator lint_on UNUSEDSIGNAL */
  output logic [bat_pkg::P-1:0]                   x_we,
  output logic [15:0]                             x_wblock,
  output logic [15:0]                             x_waddr,
  output logic [bat_pkg::P*bat_pkg::TILE*16-1:0]  x_wdata
);
  localparam int TILE = bat_pkg::TILE;
  logic signed [8:0] amplitude;
  logic [2:0]        load, select;
  logic              header, weights, step, step_last, pixel, pixel_first, pixel_last;
  logic [1:0]        active;
  logic [2:0][4:0]   shift;
  logic [5:0]        rescale_shift;
  logic [9:0]        block;
  logic [15:0]       x_addr;
  logic [4:0]        member, lane, channel;
  embed_walk walk (
    .clk, .rst, .start_valid, .start_ready, .op, .shift, .rescale_shift, .b_addr, .i_addr, .i_low(i_data[7:0]), .i_high(i_data[31:24]), .amplitude, .load, .header, .weights, .select,
    .step, .step_last, .active, .block, .x_addr, .member, .pixel, .pixel_first, .pixel_last, .lane, .channel
  );

  // Stage 1 is the cycle of the walk's outputs: b_data and i_data come in stage 2; element n is n + 1 stages later.
  logic [8:0]       steps;
  logic [8:0]       lasts;
  logic [3:0][2:0]  selects;
  logic [4:0][1:0]  actives;
  logic [8:0][15:0] x_addrs;
  logic [8:0][9:0]  blocks;
  logic [8:0][4:0]  members;
  logic [2:0]       load_2;
  logic             header_2, weights_2, pixel_2, first_2, last_2;
  logic [4:0]       lane_2, channel_2;
  always_ff @(posedge clk)
    if (rst) {steps, pixel_2} <= 10'd0;
    else {steps, pixel_2} <= {steps[7:0], step, pixel};
  always_ff @(posedge clk) begin
    lasts <= {lasts[7:0], step_last};
    selects <= {selects[2:0], select};
    actives <= {actives[3:0], active};
    x_addrs <= {x_addrs[7:0], x_addr};
    blocks <= {blocks[7:0], block};
    members <= {members[7:0], member};
    {load_2, header_2, weights_2, first_2, last_2} <= {load, header, weights, pixel_first, pixel_last};
    {lane_2, channel_2} <= {lane, channel};
  end

  logic [TILE*26-1:0]      patch;
  logic [3:0][TILE*32-1:0] partial;
  logic [TILE*8-1:0]       codes;
  generate
    for (genvar c = 0; c < TILE; c++) begin : from_patch
      assign partial[0][c*32 +: 32] = {{6{patch[c*26 + 25]}}, patch[c*26 +: 26]};
    end
  endgenerate

  embed_source source_0 (
    .clk, .load(load_2[0]), .header(header_2), .b_data, .scale(amplitude),
    .shift(shift[0]), .select(selects[1]), .codes,
    .active(1'b1), .partial_in(partial[0]), .partial_out(partial[1])
  );
  /* verilator lint_off PINCONNECTEMPTY */  // only table 0 shares its codes, with `patch_dot`
  embed_source source_1 (
    .clk, .load(load_2[1]), .header(header_2), .b_data, .scale(9'sd1), .shift(shift[1]), .select(selects[2]),
    .codes(), .active(actives[3][0]), .partial_in(partial[1]), .partial_out(partial[2])
  );
  embed_source source_2 (
    .clk, .load(load_2[2]), .header(header_2), .b_data, .scale(9'sd1), .shift(shift[2]), .select(selects[3]),
    .codes(), .active(actives[4][1]), .partial_in(partial[2]), .partial_out(partial[3])
  );
  /* verilator lint_on PINCONNECTEMPTY */
  patch_dot patches (
    .clk, .rst, .load(weights_2), .b_data(b_data[63:0]), .shift(rescale_shift), .valid(pixel_2), .first(first_2), .last(last_2),
    .lane(lane_2), .channel(channel_2), .pixel(i_data[7:0]), .codes, .clear(steps[4]), .patch
  );

  // Stage 9 saturates, stage 10 writes.
  logic [TILE*16-1:0] x_row;
  generate
    for (genvar c = 0; c < TILE; c++) begin : saturate
      logic signed [31:0] sum;
      assign sum = partial[3][c*32 +: 32];
      always_ff @(posedge clk)
        x_row[c*16 +: 16] <= sum > 32'sd32767 ? 16'h7fff : sum < -32'sd32768 ? 16'h8000 : sum[15:0];
    end
    for (genvar p = 0; p < bat_pkg::P; p++) begin : members_p
      assign x_we[p] = steps[8] && members[8] == 5'(p);
    end
  endgenerate
  assign x_wdata = {bat_pkg::P{x_row}};
  assign x_wblock = {6'd0, blocks[8]};
  assign x_waddr = x_addrs[8];
  assign done = steps[8] && lasts[8];
endmodule
