// One element's code by restoring division, a bit a cycle: R = e * 2^31 + U; the bit is R >= U * 2^(plane + 1), and then R loses that.
//
//   exponent, unit (first plane) or R -> - subtrahend -> bit, R
module sel_lane (
  input  logic        clk,
  input  logic        first,
  input  logic        sps,
  input  logic        live,      // the row's sum is not 0
  input  logic [15:0] exponent,
  input  logic [47:0] unit,
  input  logic [49:0] subtrahend,
  output logic        code
);
  logic [48:0] rest, now;
  logic [50:0] less;
  assign now = first ? {2'b0, exponent, 31'b0} + {1'b0, unit} : rest;
  assign less = {2'b0, now} - {1'b0, subtrahend};

  always_ff @(posedge clk) begin
    rest <= less[50] ? now : less[48:0];
    code <= sps ? |exponent : live && !less[50];
  end

  logic unused;
  assign unused = less[49];
endmodule
