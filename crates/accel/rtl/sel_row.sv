// What the remainders of a row's lanes change by in a step, in units of 2^-31 of an exponent.
//
//   u = tau_mul * sum * 2^(31 - tau_shift), at most 2^47, which no exponent reaches; a sum of 0 counts as that, SPS as u = 1
//   addend = first plane ? u - (u << (plane + 1)) : u << (plane + 1)
//
// Six cycles from `sum` and `tau_mul`: product (2), `tau_shift`, `u` with `sps`, `plane`, `first`, each input a cycle after
// the one before.
module sel_row (
  input  logic        clk,
  input  logic [31:0] sum,
  input  logic [7:0]  tau_mul,
  input  logic [4:0]  tau_shift,
  input  logic        sps,
  input  logic [2:0]  plane,
  input  logic        first,
  output logic [55:0] addend
);
  logic [39:0] product, product_4;
  logic [70:0] scaled;
  logic        none, zero;
  logic [47:0] u, u_7;
  logic [55:0] stepped;

  assign none = zero || scaled[70:47] != 0;

  always_ff @(posedge clk) begin
    product <= tau_mul * sum;
    product_4 <= product;
    scaled <= {product_4, 31'd0} >> tau_shift;
    zero <= product_4 == 0;
    u <= sps ? 48'd1 : none ? {1'b1, 47'd0} : {1'b0, scaled[46:0]};
    u_7 <= u;
    stepped <= 56'(u) << (4'(plane) + 4'd1);
    addend <= first ? 56'(u_7) - stepped : stepped;
  end
endmodule
