// One channel of one row: the code of a residual.
//
//   one bit:  code[0] = y mul + add >= 0          else:  code = clamp((y mul + add) >> (16 coarse + fine))
//
// Bits of `code` above the code's own mean nothing. Bound: |y mul| < 2^31, `add` has 48 bits: 49 bits, of which a DSP adds
// 48; the last follows from the signs.
//
// y, `mul`, `add` of cycle 0; `coarse` 1; `fine`, `scale` 2; `mask`, `top`, `one` 3; `code` in 4.
module quantize_lane (
  input  logic               clk,
  input  logic signed [15:0] y,
  input  logic [15:0]        mul,
  input  logic signed [47:0] add,
  input  logic [1:0]         coarse,
  input  logic [3:0]         fine,
  input  logic [15:0]        scale,
  input  logic [6:0]         mask,
  input  logic [7:0]         top,
  input  logic               one,
  output logic [7:0]         code
);
  logic signed [47:0] sum, unused_pcout;
  logic [7:0]         clamped;
  logic               y_sign, add_sign, sign, one_4;

  dsp_slice #(.A(17), .B(16)) multiply (
    .clk, .clear(1'b0), .a({1'b0, mul}), .b(y), .c(add), .pcin(48'd0), .p(sum), .pcout(unused_pcout)
  );
  always_ff @(posedge clk) {y_sign, add_sign, one_4} <= {y[15], add[47], one};
  assign sign = y_sign == add_sign ? y_sign : sum[47];
  clamped_shift #(.IN(49), .OUT(8), .STEP(16)) clamp (.clk, .d({sign, sum}), .coarse, .fine, .scale, .mask, .top, .q(clamped));
  assign code = {clamped[7:1], clamped[0] ^ one_4};

  logic unused;
  assign unused = &{1'b0, unused_pcout};
endmodule
