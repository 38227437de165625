// The number of equal bits of l and r, negated (ones' complement) if asked: count = popcount(l xnor r) ^ {negative}. Four cycles.
// With BAT_LUT6_2, for AMD parts:
//   1 chains of first-level adders: each takes two pairs and the chain's sum so far; K/2 carries (weight 2), C sums (weight 1)
//   2 trees over carries and over sums, down to counts of 15 bits each
//   3 the rest of the trees
//   4 their sum; one carry is kept out of its tree, which so has 2^B - 1 inputs, and is the carry in here
// about K/2 + (K/2 - log2 K) + (C - log2 C) + log2 K LUTs, C = 2^c - 1 chains of about eight adders.
// Else, for simulation and other parts: 1 counts of 16 pairs, 2 their sums by four, 3 the sum, 4 its sign.
module xnor_popcount #(parameter int K = 128, localparam int W = $clog2(K + 1)) (
  input  logic         clk,
  input  logic [K-1:0] l,
  input  logic [K-1:0] r,
  input  logic         negative,   // of the step that is in its fourth cycle
  output logic [W-1:0] count
);
`ifdef BAT_LUT6_2
  localparam bit TREE = K >= 8;
`else
  localparam bit TREE = 1'b0;
`endif
  if (!TREE) begin : g_counts
    localparam int N1 = (K + 15) / 16;
    localparam int N2 = (N1 + 3) / 4;
    logic [K-1:0] equal;
    logic [64*N2-1:0] same;
    logic [20*N2-1:0] first;
    logic [7*N2-1:0] second;
    logic [W-1:0] total, third;
    assign equal = ~(l ^ r);
    assign same = (64*N2)'(equal);
    always_comb begin
      total = '0;
      for (int i = 0; i < N2; i++) total = total + W'(second[7*i +: 7]);
    end
    always_ff @(posedge clk) begin
      for (int i = 0; i < 4 * N2; i++) first[5*i +: 5] <= 5'($countones(same[16*i +: 16]));
      for (int i = 0; i < N2; i++)
        second[7*i +: 7] <= 7'(first[20*i +: 5]) + 7'(first[20*i + 5 +: 5]) + 7'(first[20*i + 10 +: 5]) + 7'(first[20*i + 15 +: 5]);
      third <= total;
      count <= third ^ {W{negative}};
    end
  end else begin : g_tree
    localparam int M = K / 2;
    localparam int B = $clog2(M);
    localparam int D = K < 32 ? 1 : $clog2(M / 8);
    localparam int C = 2 ** D - 1;
    logic [M-1:0] carry, carry_1, sum;
    logic [C-1:0] sum_1;
    logic last_2, last_3;
    logic [B-1:0] twos, twos_3;
    logic [D-1:0] ones, ones_3;
    for (genvar i = 0; i < M; i++) begin : g_first
      // Adder i is in chain i * C / M; a chain starts where that changes.
      localparam bit START = i == 0 || (i * C) / M != ((i - 1) * C) / M;
      logic previous;
      if (START) begin : g_start
        assign previous = 1'b0;
      end else begin : g_next
        assign previous = sum[i-1];
      end
      xnor_adder adder (.l(l[2*i +: 2]), .r(r[2*i +: 2]), .c(previous), .sum(sum[i]), .carry(carry[i]));
      if (i == M - 1 || ((i + 1) * C) / M != (i * C) / M) begin : g_end
        always_ff @(posedge clk) sum_1[(i * C) / M] <= sum[i];
      end
    end
    always_ff @(posedge clk) begin
      carry_1 <= carry;
      last_2 <= carry_1[M-1];
      {last_3, twos_3, ones_3} <= {last_2, twos, ones};
    end
    ones_tree #(.B(B)) tree_twos (.clk, .bits(carry_1[M-2:0]), .count(twos));
    ones_tree #(.B(D)) tree_ones (.clk, .bits(sum_1), .count(ones));
    // verilator lint_off UNUSEDSIGNAL
    logic [W-1:0] upper;   // its lowest bit only makes the carry in
    // verilator lint_on UNUSEDSIGNAL
    assign upper = {(W-1)'(twos_3), last_3} + {(W-1)'(ones_3 >> 1), last_3};
    always_ff @(posedge clk) count <= {upper[W-1:1], ones_3[0]} ^ {W{negative}};
  end
endmodule
