// A shift register: q is d of N cycles ago. RESET = 1 for bits that must be 0 after reset (valid bits); others need none.
module qmm_delay #(parameter int W = 1, N = 1, bit RESET = 1'b0) (
  input  logic         clk,
  input  logic         rst,
  input  logic [W-1:0] d,
  output logic [W-1:0] q
);
  logic [N*W-1:0] line;
  assign q = line[(N-1)*W +: W];
  if (N == 1) begin : g_one
    always_ff @(posedge clk) line <= RESET && rst ? '0 : d;
  end else begin : g_line
    always_ff @(posedge clk) line <= RESET && rst ? '0 : {line[(N-1)*W-1:0], d};
  end
endmodule
