// Scores to attention codes: `exp_unit` and `sel_unit` with S, M (from the drain of `qmm`), E and SU between them.
//
//   S M -> exp_unit (table T inside) -> E SU -> sel_unit -> A
module attention_path (
  input  logic                                          clk,
  input  logic                                          rst,
  input  logic                                          exp_start_valid,
  output logic                                          exp_start_ready,
  input  bat_pkg::exp_t                                 exp_op,
  output logic                                          exp_done,
  input  logic                                          sel_start_valid,
  output logic                                          sel_start_ready,
  input  bat_pkg::sel_t                                 sel_op,
  output logic                                          sel_done,
  input  logic                                          t_we,
  input  logic [15:0]                                   t_waddr,
  input  logic [15:0]                                   t_wdata,
  input  logic                                          s_we,
  input  logic [15:0]                                   s_waddr,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] s_wdata,
  input  logic                                          m_we,
  input  logic [15:0]                                   m_waddr,
  input  logic [bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] m_wdata,
  output logic [bat_pkg::COLS-1:0]                      a_we,
  output logic [4:0]                                    a_group,
  output logic [15:0]                                   a_addr,
  output logic [bat_pkg::PA*bat_pkg::TILE-1:0]          a_data
);
  localparam int TILE = bat_pkg::TILE;
  localparam int ROW = TILE * (bat_pkg::SCORE_W + 1);
  localparam int GROUP = bat_pkg::PA * TILE * 16;

  logic [15:0]        s_addr, m_addr, e_addr, e_waddr, su_addr, su_waddr;
  logic [TILE*ROW-1:0] s_data;
  logic [ROW-1:0]     m_data;
  logic               e_we, su_we;
  logic [GROUP-1:0]   e_wdata, e_data;
  logic [TILE*32-1:0] su_wdata, su_data;

  word_memory #(.W(TILE * ROW), .D(bat_pkg::S_DEPTH)) u_s (
    .clk(clk), .we(s_we), .waddr(s_waddr), .wdata(s_wdata), .raddr(s_addr), .rdata(s_data));
  word_memory #(.W(ROW), .D(bat_pkg::M_DEPTH)) u_m (
    .clk(clk), .we(m_we), .waddr(m_waddr), .wdata(m_wdata), .raddr(m_addr), .rdata(m_data));
  word_memory #(.W(GROUP), .D(bat_pkg::E_DEPTH)) u_e (
    .clk(clk), .we(e_we), .waddr(e_waddr), .wdata(e_wdata), .raddr(e_addr), .rdata(e_data));
  word_memory #(.W(TILE * 32), .D(bat_pkg::M_DEPTH)) u_su (
    .clk(clk), .we(su_we), .waddr(su_waddr), .wdata(su_wdata), .raddr(su_addr), .rdata(su_data));

  exp_unit u_exp (
    .clk(clk), .rst(rst), .start_valid(exp_start_valid), .start_ready(exp_start_ready), .op(exp_op), .done(exp_done),
    .s_addr(s_addr), .s_data(s_data), .m_addr(m_addr), .m_data(m_data),
    .t_we(t_we), .t_waddr(t_waddr), .t_wdata(t_wdata),
    .e_we(e_we), .e_waddr(e_waddr), .e_wdata(e_wdata), .su_we(su_we), .su_waddr(su_waddr), .su_wdata(su_wdata));

  sel_unit u_sel (
    .clk(clk), .rst(rst), .start_valid(sel_start_valid), .start_ready(sel_start_ready), .op(sel_op), .done(sel_done),
    .e_addr(e_addr), .e_data(e_data), .su_addr(su_addr), .su_data(su_data),
    .a_we(a_we), .a_group(a_group), .a_addr(a_addr), .a_data(a_data));
endmodule
