// H, G, A, KV: an operand memory that is written tile by tile and read as a whole word.
//
//   word[row * K + col_tile * TILE + col] = bank[col_tile][row * TILE + col]
//
// COLS column banks of TILE x TILE bits each have a write enable of their own; `wdata` goes to every enabled one.
// With ROWS < TILE a bank is cut into TILE / ROWS groups of rows and a write fills group `wgroup` (A, from `sel`).
// A write of cycle t is read by an address given in cycle t + 1 or later; data come a cycle after their address.
module tile_memory #(parameter int D = 16, ROWS = bat_pkg::TILE) (
  input  logic                                clk,
  input  logic [bat_pkg::COLS-1:0]            we,
  input  logic [4:0]                          wgroup,
  input  logic [15:0]                         waddr,
  input  logic [ROWS*bat_pkg::TILE-1:0]       wdata,
  input  logic [15:0]                         raddr,
  output logic [bat_pkg::TILE*bat_pkg::K-1:0] rdata
);
  localparam int TILE = bat_pkg::TILE;
  localparam int K = bat_pkg::K;

  for (genvar c = 0; c < bat_pkg::COLS; c++) begin : g_col
    for (genvar g = 0; g < TILE / ROWS; g++) begin : g_group
      logic [ROWS*TILE-1:0] bits;
      logic                 mine;

      assign mine = (ROWS == TILE) || (wgroup == 5'(g));
      word_memory #(.W(ROWS * TILE), .D(D)) u_bank (
        .clk(clk), .we(we[c] && mine), .waddr(waddr), .wdata(wdata), .raddr(raddr), .rdata(bits));
      for (genvar r = 0; r < ROWS; r++) begin : g_row
        assign rdata[(g * ROWS + r) * K + c * TILE +: TILE] = bits[r * TILE +: TILE];
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, wgroup};
endmodule
