// Array and drain: qmm_issue makes a step a cycle, operand_select, qmm_array and drain follow it through a pipeline without stalls.
//   step s: address s+2, data s+3, operands s+4, counts s+8, accumulator s+9; the last step of a tile: drain's T = s+10
//   L = last step: first = max(accept + steps, previous L + its drain cycles), then max(steps, drain cycles) a tile;
//   done = last L + 18 + G + planes (modes 0, 2, 3: 1)
module qmm_unit (
  input  logic                                                  clk,
  input  logic                                                  rst,
  input  logic                                                  start_valid,
  output logic                                                  start_ready,
  input  bat_pkg::qmm_t                                         op,
  output logic                                                  done,
  output logic [bat_pkg::PT_AW-1:0]                             pt_addr,
  input  bat_pkg::pass_t                                        pt_data,
  output logic [15:0]                                           left_addr,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   h_data,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   g_data,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   a_data,
  output logic [15:0]                                           right_addr,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   w_low,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   w_high,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]                   kv_data,
  output logic [15:0]                                           dp_addr,
  input  logic [64*bat_pkg::TILE-1:0]                           dp_data,
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
  output logic [15:0]                                           mk_addr,
  input  logic [bat_pkg::BEAT-1:0]                              mk_data
);
  localparam int N = bat_pkg::TILE * bat_pkg::K;
  localparam int PLACE = $bits(bat_pkg::qmm_t) + 109;
  logic [1:0] left_sel, right_sel;
  logic [bat_pkg::K-1:0] in_range;
  logic [3:0] step, step_4;
  logic [N-1:0] left, right;
  logic [bat_pkg::TILE*bat_pkg::TILE*bat_pkg::ACC_W-1:0] acc;
  logic tile_end, tile_final, early, final_tile;
  bat_pkg::qmm_t tile_op, op_3, op_7;
  logic [9:0] tile_block, block_3, block_7, m_3, m_7;
  logic [11:0] tile_number, tile_3, tile_7;
  logic [15:0] code_3, code_7, score_3, score_7, x_3, x_7, mask_3, mask_7;
  logic [12:0] column_3, column_7;

  qmm_issue issue
    (.clk, .rst, .start_valid, .start_ready, .op, .pt_addr, .pt_data, .left_addr, .right_addr, .left_sel, .right_sel, .in_range, .step,
     .tile_end, .tile_final, .tile_op, .tile_block, .tile_number);
  operand_select operands (.clk, .left_sel, .right_sel, .in_range, .h_data, .g_data, .a_data, .w_low, .w_high, .kv_data, .left, .right);
  valid_delay #(.W(4), .N(1)) step_delay (.clk, .rst, .d(step), .q(step_4));
  qmm_array array (.clk, .rst, .step(step_4), .left, .right, .acc);

  // A tile's place, from its last step to the drain's T-3.
  tile_target target
    (.clk, .op(tile_op), .m(tile_block), .n(tile_number), .op_3, .block(block_3), .m_3, .tile(tile_3), .code(code_3),
     .code_column(column_3), .score(score_3), .x(x_3), .mask(mask_3));
  valid_delay #(.W(1), .N(7)) early_delay (.clk, .rst, .d(tile_end), .q(early));
  delay #(.W(1), .N(7)) final_delay (.clk, .d(tile_final), .q(final_tile));
  delay #(.W(PLACE), .N(4)) place_delay
    (.clk, .d({op_3, block_3, m_3, tile_3, code_3, column_3, score_3, x_3, mask_3}),
     .q({op_7, block_7, m_7, tile_7, code_7, column_7, score_7, x_7, mask_7}));
  drain drain_tiles
    (.clk, .rst, .early, .final_tile, .op(op_7), .block(block_7), .m(m_7), .tile(tile_7), .code(code_7), .code_column(column_7),
     .score(score_7), .x(x_7), .mask(mask_7), .acc, .dp_addr, .dp_data, .mk_addr, .mk_data, .code_we, .code_dst, .code_addr, .code_data,
     .x_ren, .x_rblock, .x_raddr, .x_rdata, .x_we, .x_wblock, .x_waddr, .x_wdata, .s_we, .s_addr, .s_data, .m_we, .m_addr, .m_data, .done);
endmodule
