// p = a * b + c, signed, two cycles; c of the second. Operands of 27 and 18 bits at most fit a `dsp_slice`.
module multiply_add #(parameter int A = 27, B = 18) (
  input  logic                clk,
  input  logic signed [A-1:0] a,
  input  logic signed [B-1:0] b,
  input  logic signed [47:0]  c,
  output logic signed [47:0]  p
);
  if (A <= 27 && B <= 18) begin : g_slice
    logic signed [47:0] cascade;
    dsp_slice #(.A(A), .B(B), .M(1)) slice (.clk(clk), .clear(1'b0), .a(a), .b(b), .c(c), .pcin(48'd0), .p(p), .pcout(cascade));

    logic unused;
    assign unused = &{1'b0, cascade};
  end else begin : g_wide
    localparam int W = A + B < 48 ? A + B : 48;
    logic signed [W-1:0] product;
    always_ff @(posedge clk) begin
      product <= W'(a * b);
      p <= 48'(product) + c;
    end
  end
endmodule
