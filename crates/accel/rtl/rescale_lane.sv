// One element a cycle: (v * mul + add) >> shift, left aligned: the sign of the result belongs to bit 17 of `value`. Six cycles:
//   1 v * mul    2 + add    3 coarse shift by 16 c    4, 5 fine shift by f, 0 .. 16    6 does it fit?        16 c + f = shift + h
// h is the number of the result's sign bit before it is aligned. `over`: a `saturate` must replace value; of unsigned results also below 0.
// The schedule proves that sums fit 48 bits. A coarse shift keeps 34 bits; that others differ from the sign is kept as a 33rd that differs.
// With BAT_DSP the fine shift is a product by 2^(17-f), the bits below 2^17 dropped. Each control belongs to the element in its stage.
module rescale_lane (
  input  logic                            clk,
  input  logic signed [bat_pkg::ACC_W:0]  v,         // stage 1
  input  logic [16:0]                     mul,       // stage 1
  input  logic signed [47:0]              add,       // stage 2
  input  logic [1:0]                      coarse,    // stage 3
  input  logic [4:0]                      fine,      // stage 4
  input  logic [17:0]                     scale,     // stage 4: 2^(17 - fine)
  input  logic                            unsigned_, // stage 6
  output logic                            over,
  output logic                            negative,
  output logic [17:0]                     value
);
  logic signed [47:0] sum;
  logic signed [17:0] high;
  logic signed [34:0] q;
  logic [16:0] low;
  logic beyond;
  multiply_add #(.A(bat_pkg::ACC_W + 1), .B(18)) multiply (.clk, .a(v), .b({1'b0, mul}), .c(add), .p(sum));
  assign beyond = coarse == 2'd0 && sum[46:17] != {30{sum[47]}} || coarse == 2'd1 && sum[46:33] != {14{sum[47]}};
  always_ff @(posedge clk) begin
    case (coarse)
      2'd0: {high[16:0], low} <= {sum[16:0], 17'd0};
      2'd1: {high[16:0], low} <= {sum[32:0], 1'b0};
      2'd2: {high[16:0], low} <= {sum[47], sum[47:15]};
      default: {high[16:0], low} <= {{17{sum[47]}}, sum[47:31]};
    endcase
    if (beyond) high[16] <= !sum[47];
    high[17] <= sum[47];
    {over, negative} <= {q[33:17] != {17{q[34]}} || q[34] && unsigned_, q[34]};
    value <= q[17:0];
  end

`ifdef BAT_DSP
  logic signed [18:0] power;
  logic signed [34:0] lower;
  logic signed [47:0] whole;
  assign power = {1'b0, scale};
  always_ff @(posedge clk) lower <= 35'(power * $signed({1'b0, low}));
  multiply_add #(.A(19), .B(18)) shift (.clk, .a(power), .b(high), .c(48'(lower >>> 17)), .p(whole));
  assign q = whole[34:0];
  logic unused;
  assign unused = &{1'b0, fine, whole[47:35]};
`else
  logic signed [34:0] part;
  logic [1:0] finest;
  always_ff @(posedge clk) begin
    part <= $signed({high, low}) >>> {fine[4:2], 2'b00};
    finest <= fine[1:0];
    q <= part >>> finest;
  end
  logic unused;
  assign unused = &{1'b0, scale};
`endif
endmodule
