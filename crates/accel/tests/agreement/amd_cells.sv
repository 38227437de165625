// Stand-ins for the primitives of AMD parts that the sources name, as far as they use them, and the defines under which they do.
`define BAT_LUT6_2
`define BAT_DSP
`define BAT_DSP48E2
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */
module LUT6_2 #(parameter logic [63:0] INIT = 0) (input logic I0, I1, I2, I3, I4, I5, output logic O5, O6);
  assign O5 = INIT[{1'b0, I4, I3, I2, I1, I0}];
  assign O6 = INIT[{I5, I4, I3, I2, I1, I0}];
endmodule

module CARRY4 (input logic CI, CYINIT, input logic [3:0] DI, S, output logic [3:0] CO, O);
  logic [4:0] carry;
  assign carry[0] = CI | CYINIT;
  for (genvar i = 0; i < 4; i++) begin : g_bit
    assign carry[i+1] = S[i] ? carry[i] : DI[i];
  end
  assign CO = carry[4:1];
  assign O = S ^ carry[3:0];
endmodule

// OPMODE 9'b00_011_01_01: the product and C.
module DSP48E2 #(
  parameter int ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CARRYINREG = 1, CARRYINSELREG = 1, CREG = 1,
  DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1
) (
  input logic CLK, CARRYIN, CEM, CEP, RSTM, RSTP, input logic signed [29:0] A, input logic signed [17:0] B, input logic [47:0] C,
  input logic [26:0] D, input logic [8:0] OPMODE, input logic [3:0] ALUMODE, input logic [4:0] INMODE, input logic [2:0] CARRYINSEL,
  output logic [47:0] P
);
  logic signed [26:0] a;
  logic signed [44:0] m;
  assign a = A[26:0];
  always_ff @(posedge CLK) begin
    m <= a * B;
    P <= OPMODE == 9'b00_011_01_01 ? 48'(m) + C : 48'bx;
  end
endmodule
/* verilator lint_on DECLFILENAME */
/* verilator lint_on UNUSEDPARAM */
/* verilator lint_on UNUSEDSIGNAL */
