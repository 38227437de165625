// Sum of N signed numbers of W bits, N a power of two of at least 2.
//
// A heap: node n adds nodes 2n + 1 and 2n + 2, the last N are the numbers. Registers at the root and half way up.
// Two cycles.
module adder_tree #(parameter int N = 16, W = 16, localparam int LEVELS = $clog2(N)) (
  input  logic                clk,
  input  logic [N*W-1:0]      d,
  output logic [W+LEVELS-1:0] q
);
  localparam int WIDE = W + LEVELS;
  localparam int CUT = (LEVELS + 1) / 2;
  logic [2*N-2:0][WIDE-1:0] node;

  for (genvar n = 0; n < 2 * N - 1; n++) begin : g_node
    localparam int LEVEL = $clog2(n + 2) - 1;
    logic [WIDE-1:0] here;
    if (n >= N - 1) begin : g_leaf
      assign here = {{LEVELS{d[(n-N+2)*W-1]}}, d[(n-N+1)*W +: W]};
    end else begin : g_sum
      assign here = node[2*n+1] + node[2*n+2];
    end
    if (LEVEL == 0 || LEVEL == CUT) begin : g_register
      always_ff @(posedge clk) node[n] <= here;
    end else begin : g_wire
      assign node[n] = here;
    end
  end
  assign q = node[0];
endmodule
