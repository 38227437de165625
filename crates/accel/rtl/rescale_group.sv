// Modes 1 and 2: P rows of a tile a cycle through P * TILE lanes, group g's values eight cycles after `running` with `group` = g.
//   (acc << twice + init) * mul + add: one cycle before the lanes; with BAT_DSP a channel's share of it, init * mul + add, is made
//   once for all rows, and mul is doubled instead of acc, so that a lane starts with a multiplier
// The tile's parameters are kept from T on and follow each element through the lanes' stages.
module rescale_group (
  input  logic                                                  clk,
  input  logic                                                  rst,
  input  logic                                                  early,   // T-1, as op and params
  input  bat_pkg::qmm_t                                         op,
  input  logic [64*bat_pkg::TILE-1:0]                           params,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*bat_pkg::ACC_W-1:0] acc,     // T to the next tile
  output logic                                                  running, // T+g
  output logic [5:0]                                            group,
  output logic [bat_pkg::P*bat_pkg::TILE*20-1:0]                value,   // T+8+g, {over, negative, value} of `rescale_lane`
  output logic                                                  unsigned_ // T+8+g
);
  localparam int TILE = bat_pkg::TILE;
  localparam int P = bat_pkg::P;
  localparam int G = bat_pkg::G;
  localparam int A = bat_pkg::ACC_W;
  localparam int ROWS = P * TILE * A;
  logic [16*TILE-1:0] mul;
  logic [17*TILE-1:0] factor, factor_2;
  logic [48*TILE-1:0] add, add_3;
  logic twice, twice_1, positive, positive_7;
  logic signed [A-1:0] init, init_1;
  logic [6:0] place;
  logic [1:0] coarse_4;
  logic [4:0] fine, fine_5;
  logic [17:0] scale;
  logic [ROWS-1:0] rows;
  logic [P*TILE*(A+1)-1:0] v;

  always_ff @(posedge clk) begin
    if (rst) running <= 1'b0;
    else running <= early ? ^op.mode : running && group != 6'(G - 1);
    group <= early ? '0 : group + 6'd1;
    if (early) begin
      for (int j = 0; j < TILE; j++) {add[48*j +: 48], mul[16*j +: 16]} <= params[64*j +: 64];
      {twice, init} <= {op.twice, A'(op.init)};
      // The result's sign bit: 17, bits - 1 signed, bits unsigned; shift and it are at most 64, 16 * 3 + 16.
      place <= 7'(op.shift) + (op.mode == 2'd2 ? 7'd17 : 7'(op.bits) - 7'(op.signed_));
      positive <= op.mode == 2'd1 && !op.signed_;
    end
    rows <= acc[32'(group)*ROWS +: ROWS];
    scale <= 18'h20000 >> fine;
    unsigned_ <= positive_7;
  end
  delay #(.W(17 * TILE), .N(2)) mul_delay (.clk, .d(factor), .q(factor_2));
  delay #(.W(2), .N(4)) coarse_delay (.clk, .d(place[6] ? 2'd3 : place[5:4]), .q(coarse_4));
  delay #(.W(5), .N(4)) fine_delay (.clk, .d({place[6], place[3:0]}), .q(fine));
  delay #(.W(5), .N(1)) fine_delay_5 (.clk, .d(fine), .q(fine_5));
  delay #(.W(1), .N(7)) unsigned_delay (.clk, .d(positive), .q(positive_7));

`ifdef BAT_DSP
  for (genvar j = 0; j < TILE; j++) begin : g_channel
    logic signed [47:0] addend;
    logic signed [47:0] sum;
    always_ff @(posedge clk) {addend, add_3[48*j +: 48]} <= {add[48*j +: 48], sum};
    multiply_add #(.A(A), .B(17)) known (.clk, .a(init), .b({1'b0, mul[16*j +: 16]}), .c(addend), .p(sum));
    assign factor[17*j +: 17] = twice ? {mul[16*j +: 16], 1'b0} : {1'b0, mul[16*j +: 16]};
  end
  for (genvar e = 0; e < P * TILE; e++) begin : g_v
    always_ff @(posedge clk) v[e*(A+1) +: A+1] <= (A+1)'(signed'(rows[e*A +: A]));
  end
  logic unused;
  assign unused = &{1'b0, twice_1, init_1};
`else
  delay #(.W(48 * TILE), .N(3)) add_delay (.clk, .d(add), .q(add_3));
  for (genvar j = 0; j < TILE; j++) begin : g_channel
    assign factor[17*j +: 17] = {1'b0, mul[16*j +: 16]};
  end
  for (genvar e = 0; e < P * TILE; e++) begin : g_v
    logic signed [A:0] wide;
    assign wide = (A+1)'(signed'(rows[e*A +: A]));
    always_ff @(posedge clk) v[e*(A+1) +: A+1] <= (twice_1 ? wide <<< 1 : wide) + (A+1)'(init_1);
  end
`endif
  delay #(.W(A + 1), .N(1)) start_delay (.clk, .d({twice, init}), .q({twice_1, init_1}));
  for (genvar e = 0; e < P * TILE; e++) begin : g_lane
    localparam int J = e % TILE;
    rescale_lane lane
      (.clk, .v(v[e*(A+1) +: A+1]), .mul(factor_2[17*J +: 17]), .add(add_3[48*J +: 48]), .coarse(coarse_4), .fine(fine_5), .scale,
       .unsigned_(positive_7), .over(value[20*e + 19]), .negative(value[20*e + 18]), .value(value[20*e +: 18]));
  end
  // verilator lint_off UNUSEDSIGNAL
  logic unused_op;  // the fields of other modes
  assign unused_op = &{1'b0, op};
  // verilator lint_on UNUSEDSIGNAL
endmodule
