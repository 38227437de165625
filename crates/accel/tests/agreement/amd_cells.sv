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

// The product with C or the cascade: X, Y the product; W 0 or C; Z 0, PCIN, C or PCIN >>> 17. ALUMODE 0: the sum; 1: W + X + Y - Z - 1 + CARRYIN.
module DSP48E2 #(
  parameter int ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CARRYINREG = 1, CARRYINSELREG = 1, CREG = 1,
  DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1
) (
  input logic CLK, CARRYIN, CEM, CEP, RSTM, RSTP, input logic signed [29:0] A, input logic signed [17:0] B, input logic [47:0] C,
  input logic [26:0] D, input logic signed [47:0] PCIN, input logic [8:0] OPMODE, input logic [3:0] ALUMODE, input logic [4:0] INMODE,
  input logic [2:0] CARRYINSEL, output logic [47:0] P, PCOUT
);
  logic signed [26:0] a;
  logic signed [44:0] product, m;
  logic [47:0]        w, z, sum;
  assign a = A[26:0];
  assign product = a * B;
  assign w = OPMODE[8:7] == 2'b11 ? C : OPMODE[8:7] == 2'b00 ? 48'd0 : 48'bx;
  always_comb begin
    unique case (OPMODE[6:4])
      3'b000: z = 48'd0;
      3'b001: z = PCIN;
      3'b011: z = C;
      3'b101: z = PCIN >>> 17;
      default: z = 48'bx;
    endcase
  end
  assign sum = OPMODE[3:0] != 4'b0101 ? 48'bx : ALUMODE == 4'b0001 ? 48'(m) + w + 48'(CARRYIN) - z - 48'd1 : 48'(m) + w + z + 48'(CARRYIN);
  if (MREG != 0) begin : g_m
    always_ff @(posedge CLK) m <= product;
  end else begin : g_no_m
    assign m = product;
  end
  if (PREG != 0) begin : g_p
    always_ff @(posedge CLK) P <= RSTP ? 48'd0 : sum;
  end else begin : g_no_p
    assign P = sum;
  end
  assign PCOUT = P;
endmodule
/* verilator lint_on DECLFILENAME */
/* verilator lint_on UNUSEDPARAM */
/* verilator lint_on UNUSEDSIGNAL */
