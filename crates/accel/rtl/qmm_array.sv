// TILE x TILE dots of K bits, a step a cycle: element (row, channel) counts equal bits of left row and right channel and accumulates.
// Cycles from operands: four of the popcount, one of the accumulator: `acc` belongs to the step of five cycles ago.
module qmm_array (
  input  logic                                                  clk,
  input  logic                                                  rst,
  input  logic [3:0]                                            step,   // {negative, doubles, first, valid}
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   left,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   right,
  output logic [bat_pkg::TILE*bat_pkg::TILE*bat_pkg::ACC_W-1:0] acc
);
  localparam int TILE = bat_pkg::TILE;
  localparam int K = bat_pkg::K;
  localparam int C = $clog2(K + 1);
  logic [3:0] step_3, step_4;
  valid_delay #(.W(4), .N(3)) to_3 (.clk, .rst, .d(step), .q(step_3));
  valid_delay #(.W(4), .N(1)) to_4 (.clk, .rst, .d(step_3), .q(step_4));
  for (genvar i = 0; i < TILE; i++) begin : g_row
    for (genvar j = 0; j < TILE; j++) begin : g_channel
      logic [C-1:0] count;
      xnor_popcount #(.K(K)) popcount
        (.clk, .l(left[i*K +: K]), .r(right[j*K +: K]), .negative(step_3[3]), .count);
      accumulator #(.W(bat_pkg::ACC_W), .C(C)) accumulate
        (.clk, .valid(step_4[0]), .first(step_4[1]), .doubles(step_4[2]), .negative(step_4[3]), .count,
         .acc(acc[(i*TILE + j)*bat_pkg::ACC_W +: bat_pkg::ACC_W]));
    end
  end
endmodule
