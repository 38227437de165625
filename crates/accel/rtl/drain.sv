// What becomes of a finished tile. T is the cycle in which the tile is in the tile register, ten cycles after its last step.
//   T-3 addresses of parameters and masks, T-2 their data, T-1 a register (and acc's last step), T .. T+G-1 groups of P rows to the lanes
//   mode 0: bits T+2          mode 3: S written in T+1, M in T+3+log2 TILE        modes 1, 2: value of group g in T+8+g
//   mode 2: X read in T+6+g, written in T+9+g       modes 0, 1: plane p written in T+9+G+p
//   done in T+9+G+p of the last plane (one plane in modes 0, 2, 3), so that instructions end in order
module drain (
  input  logic                                                  clk,
  input  logic                                                  rst,
  input  logic                                                  early,        // T-3, as what follows
  input  logic                                                  final_tile,
  input  bat_pkg::qmm_t                                         op,
  input  logic [9:0]                                            block,
  input  logic [9:0]                                            m,
  input  logic [11:0]                                           tile,
  input  logic [15:0]                                           code,
  input  logic [12:0]                                           code_column,
  input  logic [15:0]                                           score,
  input  logic [15:0]                                           x,
  input  logic [15:0]                                           mask,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*bat_pkg::ACC_W-1:0] acc,          // T-1
  output logic [15:0]                                           dp_addr,
  input  logic [64*bat_pkg::TILE-1:0]                           dp_data,
  output logic [15:0]                                           mk_addr,
  input  logic [bat_pkg::BEAT-1:0]                              mk_data,
  output logic [bat_pkg::COLS-1:0]                              code_we,
  output logic                                                  code_dst,
  output logic [15:0]                                           code_addr,
  output logic [bat_pkg::TILE*bat_pkg::TILE-1:0]                code_data,
  output logic                                                  x_ren,
  output logic [15:0]                                           x_rblock,
  output logic [15:0]                                           x_raddr,
  input  logic [bat_pkg::P*bat_pkg::TILE*16-1:0]                x_rdata,
  output logic [bat_pkg::P-1:0]                                 x_we,
  output logic [15:0]                                           x_wblock,
  output logic [15:0]                                           x_waddr,
  output logic [bat_pkg::P*bat_pkg::TILE*16-1:0]                x_wdata,
  output logic                                                  s_we,
  output logic [15:0]                                           s_addr,
  output logic [bat_pkg::TILE*bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] s_data,
  output logic                                                  m_we,
  output logic [15:0]                                           m_addr,
  output logic [bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0]         m_data,
  output logic                                                  done
);
  localparam int TILE = bat_pkg::TILE;
  localparam int P = bat_pkg::P;
  localparam int G = bat_pkg::G;
  localparam int A = bat_pkg::ACC_W;
  localparam int MASKS = bat_pkg::BEAT / (TILE * TILE);
  localparam int MASKS_LOG = $clog2(MASKS);
  localparam int MASK_W = MASKS_LOG > 0 ? MASKS_LOG : 1;
  localparam int PLACE = $bits(bat_pkg::qmm_t) + 94 + MASK_W;

  // T-3 to T-1: parameters and masks.
  logic early_1, final_1;
  bat_pkg::qmm_t op_1;
  logic [9:0] block_1, m_1;
  logic [11:0] tile_1;
  logic [15:0] code_1, score_1, x_1;
  logic [12:0] column_1;
  // verilator lint_off UNUSEDSIGNAL
  logic [MASK_W-1:0] mask_1;   // one mask tile in a word needs no number
  // verilator lint_on UNUSEDSIGNAL
  logic [64*TILE-1:0] dp;
  logic [bat_pkg::BEAT-1:0] mk;
  logic [32*TILE-1:0] threshold;
  assign dp_addr = op.param_base + 16'(tile);
  assign mk_addr = mask >> MASKS_LOG;
  valid_delay #(.W(1), .N(2)) early_2 (.clk, .rst, .d(early), .q(early_1));
  delay #(.W(PLACE), .N(2)) place_2
    (.clk, .d({op, final_tile, block, m, tile, code, code_column, score, x, mask[MASK_W-1:0]}),
     .q({op_1, final_1, block_1, m_1, tile_1, code_1, column_1, score_1, x_1, mask_1}));
  always_ff @(posedge clk) {dp, mk} <= {dp_data, mk_data};
  for (genvar j = 0; j < TILE; j++) begin : g_threshold
    assign threshold[32*j +: 32] = dp[64*j +: 32];
  end

  // T: the tile register, free again when the next tile comes.
  logic [TILE*TILE*A-1:0] held;
  logic [1:0] mode;
  logic [9:0] x_block;
  logic [15:0] x_base;
  always_ff @(posedge clk) begin
    if (early_1) {held, mode, x_block, x_base} <= {acc, op_1.mode, block_1, x_1};
  end

  logic [TILE*TILE-1:0] bits, bits_late, mask_tile;
  threshold_tile thresholds (.clk, .threshold, .init(op_1.init), .acc(held), .bits);
  assign mask_tile = mk[(MASKS_LOG > 0 ? 32'(mask_1) : 0)*TILE*TILE +: TILE*TILE];
  score_tile scores
    (.clk, .rst, .early(early_1 && op_1.mode == 2'd3), .block(block_1), .tile(tile_1), .tokens(op_1.tokens), .causal(op_1.causal),
     .masked(op_1.masked), .mask(mask_tile), .block_last(tile_1 == op_1.tiles - 12'd1), .s_at(score_1),
     .m_at(16'(op_1.m_base) + 16'(m_1)), .acc(held), .s_we, .s_addr, .s_data, .m_we, .m_addr, .m_data);

  // Groups of rows from T on, their values eight cycles later.
  logic running, adds, gathers;
  logic [5:0] group, group_late;
  logic [P*TILE*20-1:0] value;
  logic unsigned_;
  logic [P*TILE*8-1:0] codes;
  logic [25:0] x_place;
  rescale_group rescale (.clk, .rst, .early(early_1), .op(op_1), .params(dp), .acc(held), .running, .group, .value, .unsigned_);
  valid_delay #(.W(1), .N(6)) adds_6 (.clk, .rst, .d(running && mode == 2'd2), .q(adds));
  delay #(.W(26), .N(6)) x_6 (.clk, .d({x_block, x_base + 16'(group)}), .q(x_place));
  residual add_x
    (.clk, .rst, .valid(adds), .block(x_place[25:16]), .address(x_place[15:0]), .r(value),
     .x_ren, .x_rblock, .x_raddr, .x_rdata, .x_we, .x_wblock, .x_waddr, .x_wdata);

  for (genvar e = 0; e < P * TILE; e++) begin : g_code
    // verilator lint_off UNUSEDSIGNAL
    logic [17:0] limited;  // a code is at the top
    // verilator lint_on UNUSEDSIGNAL
    saturate limit (.over(value[20*e + 19]), .negative(value[20*e + 18]), .value(value[20*e +: 18]), .limited);
    assign codes[8*e +: 8] = unsigned_ ? limited[16:9] : limited[17:10];
  end
  logic load, load_final, load_transpose, load_dst;
  logic [1:0] load_mode;
  logic [3:0] load_planes;
  logic [15:0] load_code;
  logic [11:0] load_stride;
  logic [12:0] load_column;
  valid_delay #(.W(1), .N(8)) gathers_8 (.clk, .rst, .d(running && mode == 2'd1), .q(gathers));
  delay #(.W(6), .N(8)) group_8 (.clk, .d(group), .q(group_late));
  delay #(.W(TILE * TILE), .N(G + 5)) bits_delay (.clk, .d(bits), .q(bits_late));
  valid_delay #(.W(1), .N(G + 8)) load_delay (.clk, .rst, .d(early_1), .q(load));
  delay #(.W(50), .N(G + 8)) load_place
    (.clk, 
     .d({final_1, op_1.mode, op_1.bits, op_1.transpose, op_1.dst, code_1, op_1.dst_plane_stride, column_1}),
     .q({load_final, load_mode, load_planes, load_transpose, load_dst, load_code, load_stride, load_column}));
  code_writer writer
    (.clk, .rst, .group_valid(gathers), .group(group_late), .codes, .bits(bits_late), .load, .mode(load_mode), .planes(load_planes),
     .transpose(load_transpose), .dst(load_dst), .final_tile(load_final), .address(load_code), .plane_stride(load_stride),
     .column(load_column), .code_we, .code_dst, .code_addr, .code_data, .done);
endmodule
