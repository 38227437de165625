// Sums of x and of x^2 over the channels of a row, for the G rows of a row memory in turn.
//
//   sum += sum over channels of x,   sq += sum over channels of x^2      (`first`: from 0)
//
// x of cycle 0 (channels left out are 0) is added in cycle 3: `add` and `first` belong to that cycle. `at` picks the
// row: it is added to in the cycle of `add`, and shown always. |sum| <= 2^27, sq <= 2^42 for up to 4096 channels.
module moments #(parameter int TILE = 16, G = 4, localparam int GW = (G < 2) ? 1 : $clog2(G)) (
  input  logic               clk,
  input  logic [TILE*16-1:0] x,
  input  logic               add,
  input  logic               first,
  input  logic [GW-1:0]      at,
  output logic signed [27:0] sum,
  output logic [42:0]        sq
);
  localparam int LEVELS = $clog2(TILE);
  localparam int CHAIN = (TILE < 8) ? TILE / 2 : 4;     // squares of a chain
  localparam int CHAINS = TILE / CHAIN;
  localparam int WIDE = 32 + LEVELS;
  logic [2*CHAINS-2:0][WIDE-1:0] squares;               // a heap: node n adds nodes 2n + 1 and 2n + 2
  for (genvar n = 0; n < CHAINS - 1; n++) begin : g_sum
    assign squares[n] = squares[2*n+1] + squares[2*n+2];
  end
  for (genvar n = 0; n < CHAINS; n++) begin : g_chain
    logic [47:0] sum_of_chain;
    square_chain #(.N(CHAIN)) chain (.clk, .d(x[n*CHAIN*16 +: CHAIN*16]), .q(sum_of_chain));
    assign squares[CHAINS-1+n] = sum_of_chain[WIDE-1:0];

    logic unused;
    assign unused = &{1'b0, sum_of_chain};
  end

  logic [16+LEVELS-1:0] early, sum_x;
  logic [WIDE-1:0]      sum_squares;
  adder_tree #(.N(TILE), .W(16)) sum_tree (.clk, .d(x), .q(early));
  always_ff @(posedge clk) {sum_x, sum_squares} <= {early, squares[0]};

  logic [27:0] sums [G];
  logic [42:0] sqs [G];
  assign sum = sums[at];
  assign sq = sqs[at];
  always_ff @(posedge clk) if (add) begin
    sums[at] <= (first ? 28'd0 : sum) + 28'(signed'(sum_x));
    sqs[at] <= (first ? 43'd0 : sq) + 43'(sum_squares);
  end
endmodule
