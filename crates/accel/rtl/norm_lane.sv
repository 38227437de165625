// One channel of one row: the normalised value, gain and bias.
//
//   d = depth x - sum,   n = (d root + 2^(8 step + 7)) >> (8 step + 8),   y = sat16((n gain + bias) >> (8 coarse + fine))
//
// `depth` 1, `sum` 0, `root` 256, `step` 0, `gain` 1, `bias` 0 and no shift give y = x.
// Bounds: |d| < 2^28 for |x| <= 2^15, depth <= 2^12. A deviation is at most sqrt(D - 1) standard deviations, so
// |n| <= 4096 sqrt(D - 1) (1 + 2^-30) + 1 < 2^18: 19 bits; |d root| < 2^18 * 2^32: 51 bits; |n gain + bias| < 2^34: 35 bits.
// Channels that are left out of the moments (`counts` 0) know no such bound: their d is 0.
//
// x and `depth` of cycle 0; `counts`, `sum` 1; `root` 2; `step` 3; `gain`, `bias` 5; `coarse` 6; `fine`, `scale` 7; y in 9.
module norm_lane (
  input  logic               clk,
  input  logic signed [15:0] x,
  input  logic [12:0]        depth,
  input  logic               counts,
  input  logic signed [27:0] sum,
  input  logic [22:0]        root,
  input  logic [1:0]         step,
  input  logic signed [15:0] gain,
  input  logic signed [31:0] bias,
  input  logic [1:0]         coarse,
  input  logic [2:0]         fine,
  input  logic [7:0]         scale,
  output logic [15:0]        y
);
  logic signed [47:0] d, low, low_out, high, z, unused_d, unused_high, unused_z, half;
  logic signed [23:0] factor;
  logic [8:0]         lowest;        // bits 16 to 8 of the product, which no shift leaves out; `high` begins at 17
  logic [1:0]         step_4;
  logic signed [18:0] n;

  dsp_slice #(.A(14), .B(16), .M(1), .SUBTRACT(1)) deviate (
    .clk, .clear(!counts), .a({1'b0, depth}), .b(x), .c(48'(sum)), .pcin(48'd0), .p(d), .pcout(unused_d)
  );

  assign factor = {1'b0, root};
  assign half = 48'h80 << {step, 3'd0};
  dsp_slice #(.A(24), .B(18), .M(1), .R(0)) multiply_low (
    .clk, .clear(1'b0), .a(factor), .b({1'b0, d[16:0]}), .c(half), .pcin(48'd0), .p(low), .pcout(low_out)
  );
  dsp_slice #(.A(24), .B(12), .M(1), .CASCADE(1)) multiply_high (
    .clk, .clear(1'b0), .a(factor), .b(d[28:17]), .c(48'd0), .pcin(low_out), .p(high), .pcout(unused_high)
  );

  always_ff @(posedge clk) begin
    {step_4, lowest} <= {step, low[16:8]};
    case (step_4)
      2'd0: n <= {high[9:0], lowest};
      2'd1: n <= {high[17:0], lowest[8]};
      2'd2: n <= high[25:7];
      default: n <= high[33:15];
    endcase
  end

  dsp_slice #(.A(19), .B(16)) amplify (
    .clk, .clear(1'b0), .a(n), .b(gain), .c(48'(bias)), .pcin(48'd0), .p(z), .pcout(unused_z)
  );
  clamped_shift #(.IN(35), .OUT(16), .STEP(8)) clamp (
    .clk, .d(z[34:0]), .coarse, .fine, .scale, .mask(15'd0), .top(16'h8000), .q(y)
  );

  logic unused;
  assign unused = &{1'b0, d, low, high, z, unused_d, unused_high, unused_z};
endmodule
