// The larger of two elements of S, {allowed, score}, without a register; of two signs the one that is not there is larger. With BAT_LUT6_2
// the choice takes a LUT of AMD parts for two bits, N pairs.
module larger #(parameter int W = 8) (
  input  logic [W-1:0] a,
  input  logic [W-1:0] b,
  output logic [W-1:0] y
);
  logic [W-1:0] over, under;
  logic first;
  assign over = {a[W-1], b[W-2], a[W-3:0]};
  assign under = {b[W-1], a[W-2], b[W-3:0]};
  greater #(.W(W)) compare (.a(over), .b(under), .y(first));
`ifdef BAT_LUT6_2
  localparam int N = (W + 1) / 2;
  logic [2*N-1:0] p, q;
  // verilator lint_off UNUSEDSIGNAL
  logic [2*N-1:0] chosen;  // a bit more than W if that is odd
  // verilator lint_on UNUSEDSIGNAL
  assign {p, q} = {(2*N)'(a), (2*N)'(b)};
  for (genvar i = 0; i < N; i++) begin : g_choice
    LUT6_2 #(.INIT(64'hf0f0ff00_aaaacccc)) lut
      (.I0(p[2*i]), .I1(q[2*i]), .I2(p[2*i+1]), .I3(q[2*i+1]), .I4(first), .I5(1'b1), .O5(chosen[2*i]), .O6(chosen[2*i+1]));
  end
  assign y = chosen[W-1:0];
`else
  assign y = first ? a : b;
`endif
endmodule
