// Row sums of exponents, kept for each group of rows over the tiles of a block.
//
//   TILE exponents of a row -> tree (2 cycles) -> + sum so far of the group -> sums
//
// Controls belong to the third cycle; `sums` shows a group's rows in the cycle after its last tile's.
module exp_sums (
  input  logic                                    clk,
  input  logic [bat_pkg::PA*bat_pkg::TILE*16-1:0] exponents,
  input  logic                                    valid,
  input  logic                                    first,
  input  logic                                    last,
  input  logic [4:0]                              group,
  output logic [bat_pkg::TILE*32-1:0]             sums
);
  localparam int TILE = bat_pkg::TILE;
  localparam int PA = bat_pkg::PA;
  localparam int TREE = 17 + $clog2(TILE);

  for (genvar r = 0; r < PA; r++) begin : g_row
    logic [TILE*17-1:0] wide;
    logic [TREE-1:0]    tree;
    for (genvar c = 0; c < TILE; c++) begin : g_wide
      assign wide[c*17 +: 17] = {1'b0, exponents[(r*TILE + c)*16 +: 16]};
    end
    adder_tree #(.N(TILE), .W(17)) u_tree (.clk(clk), .d(wide), .q(tree));

    for (genvar g = 0; g < bat_pkg::GA; g++) begin : g_group
      logic [31:0] sum, next;
      assign next = (first ? '0 : sum) + 32'(tree);
      always_ff @(posedge clk) begin
        if (valid && group == 5'(g)) sum <= next;
        if (valid && last && group == 5'(g)) sums[(g*PA + r)*32 +: 32] <= next;
      end
    end
  end
endmodule
