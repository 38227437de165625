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
  logic [TILE*32-1:0] squares;
  for (genvar c = 0; c < TILE; c++) begin : g_square
    logic signed [15:0] value;
    assign value = x[c*16 +: 16];
    always_ff @(posedge clk) squares[c*32 +: 32] <= value * value;
  end

  logic [16+LEVELS-1:0] early, sum_x;
  logic [32+LEVELS-1:0] sum_squares;
  adder_tree #(.N(TILE), .W(16)) sum_tree (.clk, .d(x), .q(early));
  adder_tree #(.N(TILE), .W(32)) square_tree (.clk, .d(squares), .q(sum_squares));
  always_ff @(posedge clk) sum_x <= early;

  logic [27:0] sums [G];
  logic [42:0] sqs [G];
  assign sum = sums[at];
  assign sq = sqs[at];
  always_ff @(posedge clk) if (add) begin
    sums[at] <= (first ? 28'd0 : sum) + 28'(signed'(sum_x));
    sqs[at] <= (first ? 43'd0 : sq) + 43'(sum_squares);
  end
endmodule
