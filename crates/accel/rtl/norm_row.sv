// One row a cycle: moments and reciprocal roots of G rows in turn, then TILE channels normalised and quantized.
//
// Cycles are counted from the read of x. x of cycle 2 goes to the moments and to the lanes; what pass 1 left for the
// row is fetched in cycle 2 as well (`moments_at`, `roots_at`): sum for cycle 3, root for 4, step for 5. `plain`: y = x.
// Of the others: `counts` 3, `add`, `first` 5, `gain`, `bias` 7, `coarse` 8, `fine`, `scale` 9, y in 11, `mul`, `offset` 11,
// `code_coarse` 12, `code_fine`, `code_scale` 13, `code_mask`, `code_top`, `one` 14, codes in 15.
module norm_row #(parameter int TILE = 16, G = 4, localparam int GW = (G < 2) ? 1 : $clog2(G)) (
  input  logic               clk,
  input  logic [TILE*16-1:0] x,
  input  logic [TILE-1:0]    counts,
  input  logic [12:0]        depth,
  input  logic               plain,
  input  logic               add,
  input  logic               first,
  input  logic [GW-1:0]      moments_at,
  input  logic               root_load,
  input  logic               root_store,
  input  logic [GW-1:0]      roots_at,
  input  logic [TILE*16-1:0] gain,
  input  logic [TILE*32-1:0] bias,
  input  logic [1:0]         coarse,
  input  logic [2:0]         fine,
  input  logic [7:0]         scale,
  input  logic [TILE*16-1:0] mul,
  input  logic [TILE*48-1:0] offset,
  input  logic [1:0]         code_coarse,
  input  logic [3:0]         code_fine,
  input  logic [15:0]        code_scale,
  input  logic [6:0]         code_mask,
  input  logic [7:0]         code_top,
  input  logic               one,
  output logic [TILE*16-1:0] y,
  output logic [TILE*8-1:0]  codes
);
  logic signed [27:0] sum, sum_3;
  logic [42:0]        sq;
  logic [22:0]        root, root_3, root_4;
  logic [1:0]         step, step_3, step_5;
  logic [24:0]        roots [G];

  moments #(.TILE(TILE), .G(G)) moments_of_row (.clk, .x, .add, .first, .at(moments_at), .sum, .sq);
  reciprocal_root root_of_row (.clk, .load(root_load), .depth, .sum, .sq, .root, .step);

  always_ff @(posedge clk) begin
    if (root_store) roots[roots_at] <= {step, root};
    sum_3 <= plain ? 28'd0 : sum;
    {step_3, root_3} <= plain ? {2'd0, 23'd256} : roots[roots_at];
    root_4 <= root_3;
  end
  delay #(.W(2), .N(2)) delay_step (.clk, .d(step_3), .q(step_5));

  for (genvar c = 0; c < TILE; c++) begin : g_lane
    norm_lane lane (
      .clk, .x(x[c*16 +: 16]), .depth, .counts(counts[c]), .sum(sum_3), .root(root_4), .step(step_5),
      .gain(gain[c*16 +: 16]), .bias(bias[c*32 +: 32]), .coarse, .fine, .scale, .y(y[c*16 +: 16])
    );
    quantize_lane quantize (
      .clk, .y(y[c*16 +: 16]), .mul(mul[c*16 +: 16]), .add(offset[c*48 +: 48]), .coarse(code_coarse),
      .fine(code_fine), .scale(code_scale), .mask(code_mask), .top(code_top), .one, .code(codes[c*8 +: 8])
    );
  end
endmodule
