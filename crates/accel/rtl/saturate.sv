// A value of `rescale_lane`, or, if that is over, the largest or smallest there is: without a register, for what comes behind it to absorb.
module saturate (
  input  logic        over,
  input  logic        negative,
  input  logic [17:0] value,
  output logic [17:0] limited
);
  assign limited = over ? {negative, {17{!negative}}} : value;
endmodule
