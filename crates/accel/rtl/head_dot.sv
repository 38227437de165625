// A step of a logit: sum of TILE products, accumulated from the bias on; stage n is n cycles after b_data and x_rdata.
//
//   w, x --1--> products --2--> sums of 4 --3--> sum --4--> logit (+ bias, or + itself)
//
// 32 bits hold every partial sum of a checked program.
module head_dot (
  input  logic                         clk,
  input  logic                         first,
  input  logic signed [31:0]           bias,
  input  logic                         valid,
  input  logic [bat_pkg::TILE*8-1:0]   w,
  input  logic [bat_pkg::TILE*16-1:0]  x,
  output logic signed [31:0]           logit
);
  localparam int TILE = bat_pkg::TILE;
  localparam int QUADS = (TILE + 3) / 4;
  logic [TILE-1:0][23:0]  products;
  logic [QUADS-1:0][25:0] quads;
  logic signed [31:0] sum, total;

  generate
    for (genvar c = 0; c < TILE; c++) begin : multiply
      always_ff @(posedge clk) products[c] <= 24'($signed(w[c*8 +: 8])) * 24'($signed(x[c*16 +: 16]));
    end
    for (genvar n = 0; n < QUADS; n++) begin : add
      if (TILE == 2) begin : two
        always_ff @(posedge clk) quads[n] <= 26'($signed(products[0])) + 26'($signed(products[1]));
      end else begin : four
        always_ff @(posedge clk)
          quads[n] <= (26'($signed(products[4*n])) + 26'($signed(products[4*n + 1])))
                    + (26'($signed(products[4*n + 2])) + 26'($signed(products[4*n + 3])));
      end
    end
  endgenerate

  always_comb begin
    total = 32'sd0;
    for (int n = 0; n < QUADS; n++) total = total + 32'($signed(quads[n]));
  end
  always_ff @(posedge clk) begin
    sum <= total;
    if (valid) logit <= (first ? bias : logit) + sum;
  end
endmodule
