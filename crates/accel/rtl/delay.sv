// N registers in a row: q is d, N cycles later. Without reset: what must be 0 at the start has registers of its own.
module delay #(parameter int W = 1, N = 1) (
  input  logic         clk,
  input  logic [W-1:0] d,
  output logic [W-1:0] q
);
  logic [N-1:0][W-1:0] line;
  always_ff @(posedge clk) begin
    line[0] <= d;
    for (int n = 1; n < N; n++) line[n] <= line[n-1];
  end
  assign q = line[N-1];
endmodule
