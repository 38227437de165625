// Sum of the squares of N signed numbers of 16 bits, a DSP each, the sum passed on from one to the next.
//
//   q = sum of d[n]^2          two cycles: products, then the chain of sums, whose last has a register
module square_chain #(parameter int N = 4) (
  input  logic            clk,
  input  logic [N*16-1:0] d,
  output logic [47:0]     q
);
  logic [(N+1)*48-1:0] passed;
  logic [N*48-1:0]     sums;

  assign passed[47:0] = '0;
  for (genvar n = 0; n < N; n++) begin : g_square
    dsp_slice #(.A(16), .B(16), .M(1), .R(n == N - 1 ? 1 : 0), .CASCADE(n == 0 ? 0 : 1), .SHIFT(0)) slice (
      .clk, .clear(1'b0), .a(d[n*16 +: 16]), .b(d[n*16 +: 16]), .c(48'd0), .pcin(passed[n*48 +: 48]), .p(sums[n*48 +: 48]),
      .pcout(passed[(n+1)*48 +: 48])
    );
  end
  assign q = sums[(N-1)*48 +: 48];

  logic unused;
  assign unused = &{1'b0, sums, passed};
endmodule
