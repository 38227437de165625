// One channel of one row: the normalised value, gain and bias.
//
//   d = depth x - sum,   n = round_shift(d root, 8 step + 8),   y = sat16((n gain + bias) >> (8 coarse + fine))
//
// `depth` 1, `sum` 0, `root` 256, `step` 0, `gain` 1, `bias` 0 and no shift give y = x.
// Bounds: |d| < 2^28 for |x| <= 2^15, depth <= 2^12. A deviation is at most sqrt(D - 1) standard deviations, so
// |n| <= 4096 sqrt(D - 1) (1 + 2^-30) + 1 < 2^18: 19 bits; |d root| < 2^18 * 2^32: 51 bits; |n gain + bias| < 2^34: 35 bits.
// Channels that are left out of the moments (`counts` 0) know no such bound: their d is 0.
//
// x and `depth` of cycle 0; `counts`, `sum` 1; `root` 2; `step` 4; `gain` 5; `bias` 6; `coarse` 7; `fine`, `mask` 8; y in 9.
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
  input  logic [22:0]        mask,
  output logic [15:0]        y
);
  logic signed [29:0] scaled;
  logic signed [28:0] d;
  logic signed [17:0] d_low;
  logic signed [11:0] d_high;
  logic signed [23:0] factor;
  logic signed [41:0] low;
  logic signed [35:0] high;
  logic [43:0]        product;       // without its 7 low bits, which no shift reaches
  logic [19:0]        twice;         // 2 n, before it is rounded
  logic [18:0]        rounded;
  logic signed [18:0] n;
  logic signed [34:0] gained, z;
  assign d_low = {1'b0, d[16:0]};
  assign d_high = d[28:17];
  assign factor = {1'b0, root};

  always_comb case (step)
    2'd0: twice = product[0 +: 20];
    2'd1: twice = product[8 +: 20];
    2'd2: twice = product[16 +: 20];
    default: twice = product[24 +: 20];
  endcase
  assign rounded = twice[19:1] + 19'(twice[0]);

  always_ff @(posedge clk) begin
    scaled <= $signed({1'b0, depth}) * x;
    d <= counts ? 29'(scaled - 30'(sum)) : 29'd0;
    low <= d_low * factor;
    high <= d_high * factor;
    product <= 44'(({high, 17'd0} + 53'(low)) >> 7);
    n <= rounded;
    gained <= n * gain;
    z <= gained + 35'(bias);
  end

  clamped_shift #(.IN(35), .OUT(16), .STEP(8)) shift (
    .clk, .d(z), .coarse, .fine, .mask, .top(16'h8000), .q(y)
  );
endmodule
