// One channel of one table: sum = sum + round_shift(code * factor, shift) where the table takes part.
//
// round_shift rounds half up: floor((v + 2^(s-1)) / 2^s) = floor(u / 2) + u mod 2 with u = floor(2 v / 2^s).
// Cycles: `sum` 3 after `code` and `factor`; `shift` belongs to the cycle after those, `active` and `partial` to the second after.
module embed_lane (
  input  logic               clk,
  input  logic signed [7:0]  code,
  input  logic signed [24:0] factor,
  input  logic [4:0]         shift,
  input  logic               active,
  input  logic signed [31:0] partial,
  output logic signed [31:0] sum
);
  logic signed [31:0] product;           // 128 * 65535 * 255 fits
  logic signed [32:0] doubled, scaled, shifted;

  assign doubled = {product, 1'b0};
  assign shifted = doubled >>> shift;
  always_ff @(posedge clk) begin
    product <= 32'(code) * 32'(factor);
    scaled <= shifted;
    sum <= active ? partial + $signed(scaled[32:1]) + $signed({31'd0, scaled[0]}) : partial;
  end
endmodule
