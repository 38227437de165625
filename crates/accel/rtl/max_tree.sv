// The largest of N unsigned keys, N a power of two: a level of comparisons a cycle, log2 N cycles.
module max_tree #(parameter int N = 4, W = 8) (
  input  logic           clk,
  input  logic [N*W-1:0] keys,
  output logic [W-1:0]   largest
);
  if (N == 1) begin : g_one
    assign largest = keys;
    // verilator lint_off UNUSEDSIGNAL
    logic unused;  // no level, no clock
    assign unused = &{1'b0, clk};
    // verilator lint_on UNUSEDSIGNAL
  end else begin : g_level
    logic [N/2*W-1:0] winners;
    for (genvar i = 0; i < N / 2; i++) begin : g_pair
      always_ff @(posedge clk)
        winners[i*W +: W] <= keys[2*i*W +: W] > keys[(2*i+1)*W +: W] ? keys[2*i*W +: W] : keys[(2*i+1)*W +: W];
    end
    max_tree #(.N(N / 2), .W(W)) next (.clk, .keys(winners), .largest);
  end
endmodule
