// {carry, sum} = a + b + c. With BAT_LUT6_2 both outputs come from one LUT of AMD parts, which synthesis does not pair by itself.
module full_adder (
  input  logic a,
  input  logic b,
  input  logic c,
  output logic sum,
  output logic carry
);
`ifdef BAT_LUT6_2
  LUT6_2 #(.INIT(64'he8e8e8e8_96969696)) lut
    (.I0(a), .I1(b), .I2(c), .I3(1'b0), .I4(1'b0), .I5(1'b1), .O5(sum), .O6(carry));
`else
  assign sum = a ^ b ^ c;
  assign carry = (a & b) | (c & (a | b));
`endif
endmodule
