// The largest of N elements of S, N a power of two: a level of comparisons a cycle, log2 N cycles.
module max_tree #(parameter int N = 4, W = 8) (
  input  logic           clk,
  input  logic [N*W-1:0] elements,
  output logic [W-1:0]   largest
);
  if (N == 1) begin : g_one
    assign largest = elements;
    // verilator lint_off UNUSEDSIGNAL
    logic unused;  // no level, no clock
    assign unused = &{1'b0, clk};
    // verilator lint_on UNUSEDSIGNAL
  end else begin : g_level
    logic [N/2*W-1:0] winners, chosen;
    for (genvar i = 0; i < N / 2; i++) begin : g_pair
      larger #(.W(W)) pair (.a(elements[2*i*W +: W]), .b(elements[(2*i+1)*W +: W]), .y(chosen[i*W +: W]));
    end
    always_ff @(posedge clk) winners <= chosen;
    max_tree #(.N(N / 2), .W(W)) next (.clk, .elements(winners), .largest);
  end
endmodule
