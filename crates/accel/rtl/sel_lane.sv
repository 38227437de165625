// One attention code, a plane a cycle, by division without restoring.
//
//   R = e * 2^31 - (2n - 1) u for the candidate n; code_bit = R >= 0; the next plane's R = R - or + (u << plane)
//
// `load` comes with e, a cycle before its first step; `first` with that step's addend. `code_bit` a cycle after the addend.
// R stays within 2^55: it starts above -255 * 2^47, and is then never farther from 0 than the last addend or e.
module sel_lane (
  input  logic        clk,
  input  logic        load,
  input  logic        first,
  input  logic [15:0] e,
  input  logic [55:0] addend,
  output logic        code_bit
);
  logic [55:0] remainder, sum;
  logic        subtract, unused;

  assign subtract = code_bit && !first;
  // The lowest bit makes the carry that a subtraction starts with.
  assign {sum, unused} = {remainder, 1'b1} + {addend ^ {56{subtract}}, subtract};

  always_ff @(posedge clk) begin
    remainder <= load ? {9'd0, e, 31'd0} : sum;
    code_bit <= !sum[55];
  end
endmodule
