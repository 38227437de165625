// y = a > b, unsigned, without a register. With BAT_LUT6_2 two bits a LUT of AMD parts, which synthesis does not pair by itself, in a carry
// chain that a > b generates and a = b propagates: N pairs, C carries of four.
module greater #(parameter int W = 8) (
  input  logic [W-1:0] a,
  input  logic [W-1:0] b,
  output logic         y
);
`ifdef BAT_LUT6_2
  localparam int N = (W + 1) / 2;
  localparam int C = (N + 3) / 4;
  logic [2*N-1:0] p, q;
  logic [4*C-1:0] above, equal, unused;
  logic [4*C:0] carry;
  assign {p, q} = {(2*N)'(a), (2*N)'(b)};
  assign carry[0] = 1'b0;
  for (genvar i = 0; i < 4 * C; i++) begin : g_pair
    if (i < N) begin : g_bits
      LUT6_2 #(.INIT(64'h90099009_20f220f2)) lut
        (.I0(p[2*i]), .I1(q[2*i]), .I2(p[2*i+1]), .I3(q[2*i+1]), .I4(1'b0), .I5(1'b1), .O5(above[i]), .O6(equal[i]));
    end else begin : g_none
      assign {above[i], equal[i]} = 2'b00;
    end
  end
  for (genvar i = 0; i < C; i++) begin : g_carry
    CARRY4 chain
      (.CI(carry[4*i]), .CYINIT(1'b0), .DI(above[4*i +: 4]), .S(equal[4*i +: 4]), .CO(carry[4*i+1 +: 4]), .O(unused[4*i +: 4]));
  end
  assign y = carry[N];
`else
  assign y = a > b;
`endif
endmodule
