// One element a cycle: value = clamp((((acc << twice) + init) * mul + add) >> shift), arithmetic, to least .. most. Seven cycles:
//   1 v = (acc << twice) + init    2 products of v's halves    3 v * mul    4 + add    5 shift by 16 s    6 shift by 0 .. 15    7 clamp
// Each control belongs to the element that is in its stage.
module rescale_lane (
  input  logic                       clk,
  input  logic [bat_pkg::ACC_W-1:0]  acc,
  input  logic                       twice,        // stage 1
  input  logic [31:0]                init,         // stage 1
  input  logic [15:0]                mul,          // stage 2
  input  logic [47:0]                add,          // stage 4
  input  logic [1:0]                 shift_coarse, // stage 5
  input  logic [3:0]                 shift_fine,   // stage 6
  input  logic signed [17:0]         least,        // stage 7
  input  logic signed [17:0]         most,         // stage 7
  output logic [17:0]                value
);
  logic signed [31:0] wide, v;
  logic signed [16:0] factor;
  logic signed [32:0] high;
  logic [31:0] low;
  logic signed [49:0] product, sum, coarse, fine;
  assign wide = 32'(signed'(acc));
  assign factor = {1'b0, mul};
  always_ff @(posedge clk) begin
    v <= (twice ? wide <<< 1 : wide) + init;
    high <= 33'(signed'(v[31:16])) * 33'(factor);
    low <= v[15:0] * mul;
    product <= 50'(signed'({high, 16'b0})) + 50'({1'b0, low});
    sum <= product + 50'(signed'(add));
    coarse <= sum >>> {shift_coarse, 4'b0};
    fine <= coarse >>> shift_fine;
    if (fine < 50'(least)) value <= least;
    else if (fine > 50'(most)) value <= most;
    else value <= fine[17:0];
  end
endmodule
