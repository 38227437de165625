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
    logic signed [47:0] cascade;
    dsp_slice #(.A(A), .B(B), .M(1)) slice (.clk(clk), .clear(1'b0), .a(a), .b(b), .c(c), .pcin(48'd0), .p(p), .pcout(cascade));

    logic unused;
    assign unused = &{1'b0, cascade};
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
