// {carry, sum} = (l[0] xnor r[0]) + (l[1] xnor r[1]) + c: the first level of a popcount, whose XNORs cost nothing of their own.
// With BAT_LUT6_2 both outputs come from one LUT of AMD parts; its table follows from the equation over {c, r[1], l[1], r[0], l[0]}.
module xnor_adder (
  input  logic [1:0] l,
  input  logic [1:0] r,
  input  logic       c,
  output logic       sum,
  output logic       carry
);
`ifdef BAT_LUT6_2
  LUT6_2 #(.INIT(64'hf99f9009_96696996)) lut
    (.I0(l[0]), .I1(r[0]), .I2(l[1]), .I3(r[1]), .I4(c), .I5(1'b1), .O5(sum), .O6(carry));
`else
  logic [1:0] same;
  assign same = ~(l ^ r);
  assign sum = same[0] ^ same[1] ^ c;
  assign carry = (same[0] & same[1]) | (c & (same[0] | same[1]));
`endif
endmodule
