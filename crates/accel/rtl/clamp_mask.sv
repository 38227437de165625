// What the lanes' `clamped_shift` need to know of an instruction: which bits must equal the sign.
//
//   mask[n] = n >= fine + highest,   `highest` the bit of the result's sign.     One cycle; `fine_q` beside it.
module clamp_mask #(parameter int OUT = 16, STEP = 8, localparam int PART = OUT + STEP - 1) (
  input  logic                    clk,
  input  logic [$clog2(STEP)-1:0] fine,
  input  logic [$clog2(OUT)-1:0]  highest,
  output logic [$clog2(STEP)-1:0] fine_q,
  output logic [PART-1:0]         mask
);
  always_ff @(posedge clk) begin
    fine_q <= fine;
    for (int n = 0; n < PART; n++) mask[n] <= n >= 32'(fine) + 32'(highest);
  end
endmodule
