// Modes 1 and 2: P rows of a tile a cycle through P * TILE lanes, group g's values eight cycles after `running` with `group` = g.
// The tile's parameters and limits are kept from T on and follow each element through the lanes' stages.
module rescale_group (
  input  logic                                                  clk,
  input  logic                                                  rst,
  input  logic                                                  early,   // T-1, as op and params
  input  bat_pkg::qmm_t                                         op,
  input  logic [64*bat_pkg::TILE-1:0]                           params,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*bat_pkg::ACC_W-1:0] acc,     // T to the next tile
  output logic                                                  running, // T+g
  output logic [5:0]                                            group,
  output logic [bat_pkg::P*bat_pkg::TILE*18-1:0]                value    // T+8+g
);
  localparam int TILE = bat_pkg::TILE;
  localparam int P = bat_pkg::P;
  localparam int G = bat_pkg::G;
  localparam int A = bat_pkg::ACC_W;
  localparam int ROWS = P * TILE * A;
  logic [16*TILE-1:0] mul, mul_2;
  logic [48*TILE-1:0] add, add_4;
  logic [32:0] start, start_1;
  logic [5:0] shift;
  logic [1:0] coarse_5;
  logic [3:0] fine_6;
  logic signed [17:0] least, most, least_7, most_7, top;
  logic [ROWS-1:0] rows;

  // Largest code: 2^(bits-1) - 1 signed, 2^bits - 1 unsigned.
  assign top = 18'((32'd1 << (op.bits - 4'(op.signed_))) - 32'd1);
  always_ff @(posedge clk) begin
    if (rst) running <= 1'b0;
    else running <= early ? ^op.mode : running && group != 6'(G - 1);
    group <= early ? '0 : group + 6'd1;
    if (early) begin
      for (int j = 0; j < TILE; j++) {add[48*j +: 48], mul[16*j +: 16]} <= params[64*j +: 64];
      {start, shift} <= {op.twice, op.init, op.shift};
      most <= op.mode == 2'd2 ? 18'sh1ffff : top;
      least <= op.mode == 2'd2 ? 18'sh20000 : op.signed_ ? ~top : '0;
    end
    rows <= acc[32'(group)*ROWS +: ROWS];
  end
  delay #(.W(33), .N(1)) start_delay (.clk, .d(start), .q(start_1));
  delay #(.W(16 * TILE), .N(2)) mul_delay (.clk, .d(mul), .q(mul_2));
  delay #(.W(48 * TILE), .N(4)) add_delay (.clk, .d(add), .q(add_4));
  delay #(.W(2), .N(5)) coarse_delay (.clk, .d(shift[5:4]), .q(coarse_5));
  delay #(.W(4), .N(6)) fine_delay (.clk, .d(shift[3:0]), .q(fine_6));
  delay #(.W(36), .N(7)) limit_delay (.clk, .d({least, most}), .q({least_7, most_7}));
  for (genvar e = 0; e < P * TILE; e++) begin : g_lane
    localparam int J = e % TILE;
    rescale_lane lane
      (.clk, .acc(rows[e*A +: A]), .twice(start_1[32]), .init(start_1[31:0]), .mul(mul_2[16*J +: 16]), .add(add_4[48*J +: 48]),
       .shift_coarse(coarse_5), .shift_fine(fine_6), .least(least_7), .most(most_7), .value(value[18*e +: 18]));
  end
  // verilator lint_off UNUSEDSIGNAL
  logic unused;  // the fields of other modes
  assign unused = &{1'b0, op};
  // verilator lint_on UNUSEDSIGNAL
endmodule
