// acc = (first ? 0 : doubles ? 2 * acc : acc) +/- popcount, one cycle. The popcount arrives as count (ones' complement if negative), so that
// an accumulator's bit is one LUT of five inputs beside the carry chain.
module accumulator #(parameter int W = 24, C = 8) (
  input  logic         clk,
  input  logic         valid,
  input  logic         first,
  input  logic         doubles,
  input  logic         negative,
  input  logic [C-1:0] count,
  output logic [W-1:0] acc
);
  logic [W-1:0] addend, previous;
  if (W > C) begin : g_wide
    assign addend = {{(W - C){negative}}, count};
  end else begin : g_narrow
    assign addend = count[W-1:0];
  end
  assign previous = first ? '0 : doubles ? {acc[W-2:0], 1'b0} : acc;
  // The lowest bit makes the carry in.
  logic [W:0] sum;
  assign sum = {addend, 1'b1} + {previous, negative};
  always_ff @(posedge clk) if (valid) acc <= sum[W:1];
endmodule
