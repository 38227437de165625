// One channel of one row: the code of a residual.
//
//   one bit:  code[0] = y >= threshold          else:  code = clamp((y mul + add) >> (16 coarse + fine))
//
// Bits of `code` above the code's own mean nothing. `threshold` has 17 bits: limited to -32768 .. 32768, it decides as before.
// Bound: |y mul| < 2^31, `add` has 48 bits: 49 bits.
//
// y, `mul`, `threshold` of cycle 0; `add` 1; `coarse` 2; `fine`, `mask`, `top`, `one` 3; `code` in 4.
module quantize_lane (
  input  logic               clk,
  input  logic signed [15:0] y,
  input  logic [15:0]        mul,
  input  logic signed [16:0] threshold,
  input  logic signed [47:0] add,
  input  logic [1:0]         coarse,
  input  logic [3:0]         fine,
  input  logic [22:0]        mask,
  input  logic [7:0]         top,
  input  logic               one,
  output logic [7:0]         code
);
  logic signed [32:0] product;
  logic signed [48:0] z;
  logic [7:0]         clamped;
  logic [3:0]         reached;
  logic               one_q;

  always_ff @(posedge clk) begin
    product <= y * $signed({1'b0, mul});
    z <= 49'(product) + 49'(add);
    reached <= {reached[2:0], 17'(y) >= threshold};
    one_q <= one;
  end

  clamped_shift #(.IN(49), .OUT(8), .STEP(16)) shift (
    .clk, .d(z), .coarse, .fine, .mask, .top, .q(clamped)
  );
  assign code = {clamped[7:1], one_q ? reached[3] : clamped[0]};
endmodule
