// One channel of one table where DSPs are many: sum = partial + round_shift(code * factor, shift), in three of them.
//
//   factor comes as `wide` = factor << (34 - shift), in parts of 17, 17 and 25 bits, whose products each pass on what is above 17 bits:
//   sum = (code * wide + 2^33 + (partial << 34)) >> 34          half rounds up; nothing is left to shift
//
// `code` and `wide` of cycle 0, `partial` 1, `sum` in 2.
module embed_cascade (
  input  logic               clk,
  input  logic signed [7:0]  code,
  input  logic signed [58:0] wide,
  input  logic signed [31:0] partial,
  output logic signed [31:0] sum
);
  logic signed [47:0] low_out, middle_out, total, unused_low, unused_middle, unused_out;

  dsp_slice #(.A(18), .B(8), .M(1), .R(0)) low (
    .clk, .clear(1'b0), .a({1'b0, wide[16:0]}), .b(code), .c(48'd0), .pcin(48'd0), .p(unused_low), .pcout(low_out)
  );
  dsp_slice #(.A(18), .B(8), .M(1), .R(0), .CASCADE(1)) middle (
    .clk, .clear(1'b0), .a({1'b0, wide[33:17]}), .b(code), .c(48'h1_0000), .pcin(low_out), .p(unused_middle), .pcout(middle_out)
  );
  dsp_slice #(.A(25), .B(8), .M(1), .CASCADE(1)) high (
    .clk, .clear(1'b0), .a(wide[58:34]), .b(code), .c(48'(partial)), .pcin(middle_out), .p(total), .pcout(unused_out)
  );
  assign sum = total[31:0];

  logic unused;
  assign unused = &{1'b0, total, unused_low, unused_middle, unused_out};
endmodule
