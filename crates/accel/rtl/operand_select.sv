// The operands of a step, a register after the memories: one of the sources or ones; outside the range left 0 and right 1, which count nothing.
//   left = in_range & source,  right = ~in_range | source          one cycle; a LUT6 a bit of each
// A word of W comes in two parts of which one is 0 (`weight_memory`).
module operand_select (
  input  logic                                  clk,
  input  logic [1:0]                            left_sel,
  input  logic [1:0]                            right_sel,
  input  logic [bat_pkg::K-1:0]                 in_range,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]   h_data,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]   g_data,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]   a_data,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]   w_low,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]   w_high,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]   kv_data,
  output logic [bat_pkg::TILE*bat_pkg::K-1:0]   left,
  output logic [bat_pkg::TILE*bat_pkg::K-1:0]   right
);
  localparam int N = bat_pkg::TILE * bat_pkg::K;
  logic [N-1:0] range, source;
  assign range = {bat_pkg::TILE{in_range}};
  always_comb begin
    case (left_sel)
      2'd0: source = h_data;
      2'd1: source = g_data;
      2'd2: source = a_data;
      default: source = '1;
    endcase
  end
  always_ff @(posedge clk) begin
    left <= range & source;
    right <= ~range | (right_sel[0] ? kv_data : w_low | w_high) | {N{right_sel[1]}};
  end
endmodule
