// One DSP of UltraScale+ parts: product, sum, and the cascade to its neighbour.
//
//   p = a * b + c + (pcin >>> SHIFT if CASCADE)        SUBTRACT: p = a * b - c        signed, modulo 2^48; SHIFT is 17 or 0
//
// M: a register behind the product. R: a register behind the sum, which `clear` sets to 0. c, pcin and `clear` belong to
// the cycle of the sum. Synthesis does not use the adder of these parts by itself: BAT_DSP48E2 names the primitive.
module dsp_slice #(parameter int A = 27, B = 18, M = 0, R = 1, SUBTRACT = 0, CASCADE = 0, SHIFT = 17) (
  input  logic                clk,
  input  logic                clear,
  input  logic signed [A-1:0] a,
  input  logic signed [B-1:0] b,
  input  logic signed [47:0]  c,
  input  logic signed [47:0]  pcin,
  output logic signed [47:0]  p,
  output logic signed [47:0]  pcout
);
`ifdef BAT_DSP48E2
  // OPMODE: W is c, or 0 where Z is c (only Z can be subtracted); Z the cascade, or 0; X, Y the product.
  localparam logic [8:0] MODE = SUBTRACT != 0 ? 9'b00_011_01_01 : CASCADE == 0 ? 9'b11_000_01_01 :
                                SHIFT != 0 ? 9'b11_101_01_01 : 9'b11_001_01_01;
  DSP48E2 #(
    .ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0), .CARRYINSELREG(0),
    .CREG(0), .DREG(0), .INMODEREG(0), .MREG(M), .OPMODEREG(0), .PREG(R)
  ) slice (
    .CLK(clk), .A(30'(a)), .B(18'(b)), .C(c), .D(27'd0), .PCIN(pcin), .P(p), .PCOUT(pcout), .OPMODE(MODE),
    .ALUMODE(SUBTRACT != 0 ? 4'b0001 : 4'b0000), .INMODE(5'd0), .CARRYIN(SUBTRACT != 0), .CARRYINSEL(3'd0),
    .CEM(1'b1), .CEP(1'b1), .RSTM(1'b0), .RSTP(clear)
  );
`else
  localparam int W = A + B < 48 ? A + B : 48;
  logic signed [W-1:0] product, kept;
  logic signed [47:0]  sum;
  assign product = a * b;
  if (M != 0) begin : g_product
    always_ff @(posedge clk) kept <= product;
  end else begin : g_no_product
    assign kept = product;
  end
  assign sum = SUBTRACT != 0 ? 48'(kept) - c : CASCADE != 0 ? 48'(kept) + c + (pcin >>> SHIFT) : 48'(kept) + c;
  if (R != 0) begin : g_sum
    always_ff @(posedge clk) p <= clear ? 48'd0 : sum;
  end else begin : g_no_sum
    assign p = sum;
  end
  assign pcout = p;

  logic unused;
  assign unused = &{1'b0, clk, clear, pcin};
`endif
endmodule
