// Primitives of AMD parts that the sources name, as their ports alone: LUT6_2 and CARRY4 where BAT_LUT6_2 is defined, DSP48E2
// (UltraScale+) where BAT_DSP48E2 is.
module LUT6_2 #(parameter logic [63:0] INIT = 0) (input logic I0, I1, I2, I3, I4, I5, output logic O5, O6);
endmodule
module CARRY4 (input logic CI, CYINIT, input logic [3:0] DI, S, output logic [3:0] CO, O);
endmodule
module DSP48E2 #(
  parameter int ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CARRYINREG = 1, CARRYINSELREG = 1, CREG = 1,
  DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1
) (
  input logic CLK, CARRYIN, CEM, CEP, RSTM, RSTP, input logic [29:0] A, input logic [17:0] B, input logic [47:0] C, PCIN,
  input logic [26:0] D, input logic [8:0] OPMODE, input logic [3:0] ALUMODE, input logic [4:0] INMODE, input logic [2:0] CARRYINSEL,
  output logic [47:0] P, PCOUT
);
endmodule
