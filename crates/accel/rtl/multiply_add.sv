// p = a * b + c, signed, two cycles; c of the second. With BAT_DSP48E2 it is one DSP of UltraScale+ parts, whose adder synthesis does not
// use by itself: product register M, sum register P.
module multiply_add #(parameter int A = 27, B = 18) (
  input  logic                clk,
  input  logic signed [A-1:0] a,
  input  logic signed [B-1:0] b,
  input  logic signed [47:0]  c,
  output logic signed [47:0]  p
);
`ifdef BAT_DSP48E2
  localparam bit DSP = A <= 27 && B <= 18;
`else
  localparam bit DSP = 1'b0;
`endif
  if (DSP) begin : g_dsp
`ifdef BAT_DSP48E2
    // OPMODE: W 0, Z from C, X and Y the product. No input registers.
    DSP48E2 #(
      .ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0), .CARRYINSELREG(0), .CREG(0), .DREG(0),
      .INMODEREG(0), .MREG(1), .OPMODEREG(0), .PREG(1)) dsp
      (.CLK(clk), .A(30'(a)), .B(18'(b)), .C(c), .D('0), .P(p), .OPMODE(9'b00_011_01_01), .ALUMODE('0), .INMODE('0), .CARRYIN(1'b0),
       .CARRYINSEL('0), .CEM(1'b1), .CEP(1'b1), .RSTM(1'b0), .RSTP(1'b0));
`endif
  end else begin : g_plain
    localparam int W = A + B < 48 ? A + B : 48;
    logic signed [W-1:0] product;
    always_ff @(posedge clk) begin
      product <= W'(a * b);
      p <= 48'(product) + c;
    end
  end
endmodule
