// N registers in a row for bits that must be 0 after reset: q is d, N cycles later. All others use `delay`.
module valid_delay #(parameter int W = 1, N = 1) (
  input  logic         clk,
  input  logic         rst,
  input  logic [W-1:0] d,
  output logic [W-1:0] q
);
  logic [N-1:0][W-1:0] line;
  always_ff @(posedge clk) begin
    if (rst) line <= '0;
    else begin
      line[0] <= d;
      for (int n = 1; n < N; n++) line[n] <= line[n-1];
    end
  end
  assign q = line[N-1];
endmodule
