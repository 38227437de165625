// One attention code, a plane a cycle, by division without restoring.
//
//   R = e * 2^31 - (2n - 1) u for the candidate n; code_bit = R >= 0; the next plane's R = R - or + (u << plane)
//
// `load` comes with e, a cycle before its first step; `first` with that step's addend. `code_bit` a cycle after the addend.
// R stays within 2^55: it starts above -255 * 2^47, and is then never farther from 0 than the last addend or e.
// R is 0 in the first step, and e, which is 0 in all others, is or-ed to it: with BAT_LUT6_2 in the LUT that adds (AMD parts).
module sel_lane (
  input  logic        clk,
  input  logic        load,
  input  logic        first,
  input  logic [15:0] e,
  input  logic [55:0] addend,
  output logic        code_bit
);
  logic [55:0] remainder, start, sum;
  logic [15:0] e_1;
  logic        subtract;

  assign subtract = code_bit && !first;
  assign start = {9'd0, e_1, 31'd0};

`ifdef BAT_LUT6_2
  logic [55:0] half, operand;
  // verilator lint_off UNUSEDSIGNAL
  logic [56:0] carry;   // a chain's last goes on
  // verilator lint_on UNUSEDSIGNAL
  assign carry[0] = 1'b0;
  for (genvar i = 0; i < 56; i++) begin : g_bit
    // O5 is the operand, O6 the sum without its carry.
    LUT6_2 #(.INIT(64'he11ee11eeeeeeeee)) lut
      (.I0(remainder[i]), .I1(start[i]), .I2(addend[i]), .I3(subtract), .I4(1'b0), .I5(1'b1), .O5(operand[i]), .O6(half[i]));
  end
  for (genvar i = 0; i < 14; i++) begin : g_carry
    CARRY4 chain
      (.CI(carry[4*i]), .CYINIT(i == 0 ? subtract : 1'b0), .DI(operand[4*i +: 4]), .S(half[4*i +: 4]), .CO(carry[4*i+1 +: 4]),
       .O(sum[4*i +: 4]));
  end
`else
  logic unused;
  // The lowest bit makes the carry that a subtraction starts with.
  assign {sum, unused} = {remainder | start, 1'b1} + {addend ^ {56{subtract}}, subtract};
`endif

  always_ff @(posedge clk) begin
    remainder <= load ? 56'd0 : sum;
    e_1 <= load ? e : 16'd0;
    code_bit <= !sum[55];
  end
endmodule
