// Reciprocal square root of the variance of a row, as its lanes multiply with it: root / 2^(8 step + 8) is 4096 / sqrt(V).
//
//   V = depth sq - sum^2,   4^(t-1) <= V < 4^t,   u = V 2^32 / 4^t,   r = the largest of 16 bits with r^2 u <= 2^62
//   root = r << (-(t + 3) mod 8),   step = ceil((t + 3) / 8) - 1,   root = 0 for V = 0
//
// so that a lane shifts by 8, 16, 24 or 32 instead of t + 3 (4 to 30). r is found a bit a cycle, highest first, without
// a multiplier: with r' the bits found, s = (2^62 - r^2 u) / 4^k and p = r' u, the next bit is 1 if s - 4 p - u >= 0.
// Bounds: r u <= 2^31 sqrt(u) < 2^47, so p < 2^46 in a test, and s <= 4 (2 p + u) < 2^50.
//
// Cycles: sum and sq of cycle 0; `load` in cycle 4; bits in 5 to 20; root and step in 21. A new row each 16 cycles.
module reciprocal_root (
  input  logic               clk,
  input  logic               load,
  input  logic [12:0]        depth,
  input  logic signed [27:0] sum,
  input  logic [42:0]        sq,
  output logic [22:0]        root,
  output logic [1:0]         step
);
  // V < 2^54: sums are right modulo 2^54 whatever their parts are.
  logic [34:0] d_low;
  logic [33:0] d_high;
  logic signed [29:0] a_a, a_b, b_b;
  logic [53:0] d_sq, sum_sum, v;
  logic signed [14:0] a, b;
  assign a = {1'b0, sum[13:0]};
  assign b = {sum[27], sum[27:14]};
  always_ff @(posedge clk) begin
    d_low <= depth * sq[21:0];
    d_high <= depth * sq[42:22];
    a_a <= a * a;
    a_b <= a * b;
    b_b <= b * b;
    d_sq <= 54'({d_high, 22'd0}) + 54'(d_low);
    sum_sum <= 54'({b_b, 28'd0}) + 54'($signed({a_b, 15'd0})) + 54'(a_a);
    v <= d_sq - sum_sum;
  end

  // Normalise by pairs of bits: `gone` pairs are shifted out, t = 27 - gone.
  logic [53:0] by16;
  logic [45:0] by8, half;
  logic [37:0] by4;
  logic [33:0] by2;
  logic [31:0] by1;
  logic [4:0]  gone;
  logic [1:0]  gone_half;
  assign gone[4] = v[53:22] == 0;
  assign by16 = gone[4] ? {v[21:0], 32'd0} : v;
  assign gone[3] = by16[53:38] == 0;
  assign by8 = gone[3] ? {by16[37:0], 8'd0} : by16[53:8];
  assign gone[2] = half[45:38] == 0;
  assign by4 = gone[2] ? half[37:0] : half[45:8];
  assign gone[1] = by4[37:34] == 0;
  assign by2 = gone[1] ? by4[33:0] : by4[37:4];
  assign gone[0] = by2[33:32] == 0;
  assign by1 = gone[0] ? by2[31:0] : by2[33:2];

  logic [31:0] u;
  logic [4:0]  shift, shift_q;      // t + 2
  logic        flat, flat_q;        // V = 0
  logic [49:0] s;
  logic [46:0] p;
  logic [15:0] r;
  logic signed [50:0] test;
  assign test = $signed({1'b0, s}) - $signed({2'd0, p, 2'd0}) - $signed({19'd0, u});

  always_ff @(posedge clk) begin
    half <= by8;
    gone_half <= gone[4:3];
    {shift_q, flat_q} <= {shift, flat};
    s <= 50'({test[50] ? s : test[49:0], 2'd0});
    p <= {p[45:0], 1'd0} + (test[50] ? 47'd0 : 47'(u));
    r <= {r[14:0], !test[50]};
    if (load) begin
      u <= by1;
      shift <= 5'd29 - {gone_half, gone[2:0]};
      flat <= by1[31:30] == 0;
      s <= 50'd1 << 32;
      p <= 0;
    end
  end
  assign step = shift_q[4:3];
  assign root = flat_q ? 23'd0 : 23'(r) << ~shift_q[2:0];
endmodule
