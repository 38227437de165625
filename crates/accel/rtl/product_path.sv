// The array's surroundings: `qmm_unit` with its operands H, G, A (left), W, KV (right), parameters DP, masks MK, passes PT.
//
//   load -> W DP MK PT     norm -> H     sel -> A
//   H G A, W KV -> qmm_unit -> codes -> G, KV;  residual -> X;  scores -> S;  maxima -> M
module product_path (
  input  logic                                              clk,
  input  logic                                              rst,
  input  logic                                              start_valid,
  output logic                                              start_ready,
  input  bat_pkg::qmm_t                                     op,
  output logic                                              done,
  input  logic [8:0]                                        load_we,
  input  logic [15:0]                                       load_addr,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0]               w_wdata,
  input  logic [64*bat_pkg::TILE-1:0]                       p_wdata,
  input  logic [bat_pkg::BEAT-1:0]                          b_wdata,
  input  logic [15:0]                                       t_wdata,
  input  logic [bat_pkg::COLS-1:0]                          h_we,
  input  logic [15:0]                                       h_addr,
  input  logic [bat_pkg::TILE*bat_pkg::TILE-1:0]            h_wdata,
  input  logic [bat_pkg::COLS-1:0]                          a_we,
  input  logic [4:0]                                        a_group,
  input  logic [15:0]                                       a_addr,
  input  logic [bat_pkg::PA*bat_pkg::TILE-1:0]              a_wdata,
  output logic                                              x_ren,
  output logic [15:0]                                       x_rblock,
  output logic [15:0]                                       x_raddr,
  input  logic [bat_pkg::P*bat_pkg::TILE*16-1:0]            x_rdata,
  output logic [bat_pkg::P-1:0]                             x_we,
  output logic [15:0]                                       x_wblock,
  output logic [15:0]                                       x_waddr,
  output logic [bat_pkg::P*bat_pkg::TILE*16-1:0]            x_wdata,
  output logic                                              s_we,
  output logic [15:0]                                       s_addr,
  output logic [bat_pkg::TILE*bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] s_data,
  output logic                                              m_we,
  output logic [15:0]                                       m_addr,
  output logic [bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0]     m_data
);
  localparam int TILE = bat_pkg::TILE;
  localparam int WORD = TILE * bat_pkg::K;

  logic [15:0]                left_addr, right_addr, dp_addr, mk_addr, code_addr;
  logic [WORD-1:0]            h_data, g_data, a_data, w_low, w_high, kv_data;
  logic [64*TILE-1:0]         dp_data;
  logic [bat_pkg::BEAT-1:0]   mk_data;
  logic [bat_pkg::PT_AW-1:0]  pt_addr;
  bat_pkg::pass_t             pt_data;
  logic [bat_pkg::COLS-1:0]   code_we;
  logic                       code_dst;
  logic [TILE*TILE-1:0]       code_data;

  tile_memory #(.D(bat_pkg::H_DEPTH)) u_h (
    .clk(clk), .we(h_we), .wgroup(5'd0), .waddr(h_addr), .wdata(h_wdata), .raddr(left_addr), .rdata(h_data));
  tile_memory #(.D(bat_pkg::G_DEPTH)) u_g (
    .clk(clk), .we(code_dst ? '0 : code_we), .wgroup(5'd0), .waddr(code_addr), .wdata(code_data),
    .raddr(left_addr), .rdata(g_data));
  tile_memory #(.D(bat_pkg::A_DEPTH), .ROWS(bat_pkg::PA)) u_a (
    .clk(clk), .we(a_we), .wgroup(a_group), .waddr(a_addr), .wdata(a_wdata), .raddr(left_addr), .rdata(a_data));
  tile_memory #(.D(bat_pkg::KV_DEPTH)) u_kv (
    .clk(clk), .we(code_dst ? code_we : '0), .wgroup(5'd0), .waddr(code_addr), .wdata(code_data),
    .raddr(right_addr), .rdata(kv_data));
  weight_memory u_w (
    .clk(clk), .we(load_we[bat_pkg::DEST_W]), .waddr(load_addr), .wdata(w_wdata), .raddr(right_addr), .low(w_low),
    .high(w_high));
  word_memory #(.W(64 * TILE), .D(bat_pkg::DP_DEPTH)) u_dp (
    .clk(clk), .we(load_we[bat_pkg::DEST_DP]), .waddr(load_addr), .wdata(p_wdata), .raddr(dp_addr), .rdata(dp_data));
  word_memory #(.W(bat_pkg::BEAT), .D(bat_pkg::MK_DEPTH)) u_mk (
    .clk(clk), .we(load_we[bat_pkg::DEST_MK]), .waddr(load_addr), .wdata(b_wdata), .raddr(mk_addr), .rdata(mk_data));
  pass_memory u_pt (
    .clk(clk), .we(load_we[bat_pkg::DEST_PT]), .waddr(load_addr), .wdata(t_wdata), .raddr(pt_addr), .rdata(pt_data));

  qmm_unit u_qmm (
    .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready), .op(op), .done(done),
    .pt_addr(pt_addr), .pt_data(pt_data), .left_addr(left_addr), .h_data(h_data), .g_data(g_data), .a_data(a_data),
    .right_addr(right_addr), .w_low(w_low), .w_high(w_high), .kv_data(kv_data), .dp_addr(dp_addr), .dp_data(dp_data),
    .code_we(code_we), .code_dst(code_dst), .code_addr(code_addr), .code_data(code_data),
    .x_ren(x_ren), .x_rblock(x_rblock), .x_raddr(x_raddr), .x_rdata(x_rdata),
    .x_we(x_we), .x_wblock(x_wblock), .x_waddr(x_waddr), .x_wdata(x_wdata),
    .s_we(s_we), .s_addr(s_addr), .s_data(s_data), .m_we(m_we), .m_addr(m_addr), .m_data(m_data),
    .mk_addr(mk_addr), .mk_data(mk_data));

  logic unused;
  assign unused = &{1'b0, load_we};
endmodule
