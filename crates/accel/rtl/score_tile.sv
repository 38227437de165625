// A tile of scores to S, a cycle after it, and the row maxima of a block to M after its last tile.
//   allowed(i, j) = j < tokens, j <= i if causal, mask bit if masked;     element {allowed, low SCORE_W bits of acc}
//   max over allowed elements of the block's tiles, as {any, max}, 0 where none is allowed
// Among those that are not allowed any may be the largest. log2 TILE cycles of maxima, one more with the tiles before, one to M.
module score_tile (
  input  logic                                                    clk,
  input  logic                                                    rst,
  input  logic                                                    early,      // a cycle previous acc, as what follows
  input  logic [9:0]                                              block,
  input  logic [11:0]                                             tile,
  input  logic [12:0]                                             tokens,
  input  logic                                                    causal,
  input  logic                                                    masked,
  input  logic [bat_pkg::TILE*bat_pkg::TILE-1:0]                  mask,
  input  logic                                                    block_last,
  input  logic [15:0]                                             s_at,
  input  logic [15:0]                                             m_at,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*bat_pkg::ACC_W-1:0]   acc,
  output logic                                                    s_we,
  output logic [15:0]                                             s_addr,
  output logic [bat_pkg::TILE*bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] s_data,
  output logic                                                    m_we,
  output logic [15:0]                                             m_addr,
  output logic [bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0]           m_data
);
  localparam int TILE = bat_pkg::TILE;
  localparam int LEVELS = $clog2(TILE);
  localparam int A = bat_pkg::ACC_W;
  localparam int W = bat_pkg::SCORE_W;
  logic [TILE*TILE-1:0] allowed;
  logic below, diagonal;
  logic [15:0] column;
  assign column = 16'(tile) * 16'(TILE);
  assign below = 16'(tile) < 16'(block);
  assign diagonal = 16'(tile) == 16'(block);
  always_ff @(posedge clk) begin
    for (int i = 0; i < TILE; i++)
      for (int j = 0; j < TILE; j++)
        allowed[i*TILE + j] <= column + 16'(j) < 16'(tokens) && (!causal || below || (diagonal && j <= i))
                               && (!masked || mask[i*TILE + j]);
    for (int e = 0; e < TILE * TILE; e++) s_data[e*(W+1) +: W+1] <= {allowed[e], acc[e*A +: W]};
  end
  valid_delay #(.W(1), .N(2)) s_valid (.clk, .rst, .d(early), .q(s_we));
  delay #(.W(16), .N(2)) s_place (.clk, .d(s_at), .q(s_addr));

  // The tile is in s_data two cycles after `early`; its maxima LEVELS cycles later.
  logic joins, joins_last, joins_first;
  logic [15:0] joins_at;
  valid_delay #(.W(1), .N(LEVELS + 2)) m_valid (.clk, .rst, .d(early), .q(joins));
  delay #(.W(18), .N(LEVELS + 2)) m_place
    (.clk, .d({block_last, tile == '0, m_at}), .q({joins_last, joins_first, joins_at}));
  for (genvar i = 0; i < TILE; i++) begin : g_row
    logic [W:0] largest, previous, joined, block_max;
    max_tree #(.N(TILE), .W(W + 1)) tree (.clk, .elements(s_data[i*TILE*(W+1) +: TILE*(W+1)]), .largest);
    assign previous = {block_max[W] && !joins_first, block_max[W-1:0]};
    larger #(.W(W + 1)) joining (.a(largest), .b(previous), .y(joined));
    always_ff @(posedge clk) begin
      if (joins) block_max <= joined;
      m_data[i*(W+1) +: W+1] <= block_max[W] ? block_max : '0;
    end
  end
  valid_delay #(.W(1), .N(2)) m_write (.clk, .rst, .d(joins && joins_last), .q(m_we));
  delay #(.W(16), .N(2)) m_address (.clk, .d(joins_at), .q(m_addr));
endmodule
