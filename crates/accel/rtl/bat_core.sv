// BAT without its registers: plain start and status, external memory, streams.
//
//   external memory -> load_unit -> memories of the paths, IMEM of `control`
//   residual_path <-> product_path -> attention_path -> product_path
//
// `start` is a pulse, taken while not `busy`; `cycles` counts from its cycle to that of the last instruction's `done`.
// `trace_accept` and `trace_done` show, by unit, instructions taken and done (not the boot's load).
module bat_core (
  input  logic                      clk,
  input  logic                      rst,
  input  logic                      start,
  input  logic [63:0]               image,         // byte address of the image, a multiple of 4096
  input  logic [31:0]               program_beat,  // of the image, first of the instructions
  input  logic [16:0]               count,         // instructions
  output logic                      busy,
  output logic                      finished,
  output logic                      error,         // external memory answered an error since `start`
  output logic [63:0]               cycles,
  output logic                      ar_valid,
  output logic [63:0]               ar_addr,
  output logic [7:0]                ar_len,
  input  logic                      ar_ready,
  input  logic                      r_valid,
  input  logic [bat_pkg::BEAT-1:0]  r_data,
  input  logic                      r_last,
  input  logic [1:0]                r_resp,
  output logic                      r_ready,
  input  logic                      in_valid,
  output logic                      in_ready,
  input  logic [31:0]               in_data,
  output logic                      out_valid,
  input  logic                      out_ready,
  output logic [31:0]               out_data,
  output logic                      out_last,
  output logic [bat_pkg::UNITS-1:0] trace_accept,
  output logic [bat_pkg::UNITS-1:0] trace_done
);
  localparam int UNITS = bat_pkg::UNITS;
  localparam int TILE = bat_pkg::TILE;
  localparam int XW = bat_pkg::P * TILE * 16;
  localparam int ROW = TILE * (bat_pkg::SCORE_W + 1);
  localparam int LOAD = bat_pkg::UNIT_LOAD;
  localparam int QMM = bat_pkg::UNIT_QMM;
  localparam int EXP = bat_pkg::UNIT_EXP;
  localparam int SEL = bat_pkg::UNIT_SEL;

  logic [UNITS-1:0]              start_valid, start_ready, done, near_ready, near_done, counted;
  bat_pkg::load_t                load_op;
  bat_pkg::input_t               input_op;
  bat_pkg::embed_t               embed_op;
  bat_pkg::norm_t                norm_op;
  bat_pkg::qmm_t                 qmm_op;
  bat_pkg::exp_t                 exp_op;
  bat_pkg::sel_t                 sel_op;
  bat_pkg::head_t                head_op;
  logic [8:0]                    load_we;
  logic [15:0]                   load_addr, t_wdata, i_addr;
  logic [TILE*bat_pkg::K-1:0]    w_wdata;
  logic [64*TILE-1:0]            p_wdata;
  logic [bat_pkg::BEAT-1:0]      b_wdata;
  logic [bat_pkg::IMEM_W-1:0]    imem_wdata;
  logic [31:0]                   i_data;
  logic                          x_ren, s_we, m_we;
  logic [bat_pkg::P-1:0]         x_we;
  logic [15:0]                   x_rblock, x_raddr, x_wblock, x_waddr, h_addr, a_addr, s_addr, m_addr;
  logic [XW-1:0]                 x_rdata, x_wdata;
  logic [bat_pkg::COLS-1:0]      h_we, a_we;
  logic [4:0]                    a_group;
  logic [TILE*TILE-1:0]          h_data;
  logic [bat_pkg::PA*TILE-1:0]   a_data;
  logic [TILE*ROW-1:0]           s_data;
  logic [ROW-1:0]                m_data;
  logic                          load_ready, load_done, qmm_ready, qmm_done, exp_ready, exp_done, sel_ready, sel_done;

  assign start_ready = near_ready | (UNITS'(load_ready) << LOAD) | (UNITS'(qmm_ready) << QMM)
                     | (UNITS'(exp_ready) << EXP) | (UNITS'(sel_ready) << SEL);
  assign done = near_done | (UNITS'(load_done) << LOAD) | (UNITS'(qmm_done) << QMM)
              | (UNITS'(exp_done) << EXP) | (UNITS'(sel_done) << SEL);
  assign trace_accept = start_valid & start_ready & counted;
  assign trace_done = done & counted;

  control u_control (
    .clk(clk), .rst(rst), .start(start), .program_beat(program_beat), .count(count), .busy(busy), .finished(finished),
    .cycles(cycles), .imem_we(load_we[bat_pkg::DEST_IMEM]), .imem_waddr(load_addr), .imem_wdata(imem_wdata),
    .start_valid(start_valid), .start_ready(start_ready), .done(done), .counted(counted),
    .load_op(load_op), .input_op(input_op), .embed_op(embed_op), .norm_op(norm_op),
    .qmm_op(qmm_op), .exp_op(exp_op), .sel_op(sel_op), .head_op(head_op));

  load_unit u_load (
    .clk(clk), .rst(rst), .clear(start && !busy),
    .start_valid(start_valid[LOAD]), .start_ready(load_ready), .op(load_op), .done(load_done), .image(image),
    .ar_valid(ar_valid), .ar_addr(ar_addr), .ar_len(ar_len), .ar_ready(ar_ready),
    .r_valid(r_valid), .r_data(r_data), .r_last(r_last), .r_resp(r_resp), .r_ready(r_ready),
    .i_addr(i_addr), .i_data(i_data), .we(load_we), .waddr(load_addr), .w_wdata(w_wdata), .p_wdata(p_wdata),
    .b_wdata(b_wdata), .t_wdata(t_wdata), .imem_wdata(imem_wdata), .error(error));

  residual_path u_residual (
    .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(near_ready), .input_op(input_op),
    .embed_op(embed_op), .norm_op(norm_op), .head_op(head_op), .done(near_done),
    .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
    .out_valid(out_valid), .out_ready(out_ready), .out_data(out_data), .out_last(out_last),
    .load_we(load_we), .load_waddr(load_addr), .p_wdata(p_wdata), .b_wdata(b_wdata),
    .load_i_addr(i_addr), .load_i_data(i_data),
    .qmm_ren(x_ren), .qmm_rblock(x_rblock), .qmm_raddr(x_raddr), .qmm_rdata(x_rdata),
    .qmm_we(x_we), .qmm_wblock(x_wblock), .qmm_waddr(x_waddr), .qmm_wdata(x_wdata),
    .h_we(h_we), .h_addr(h_addr), .h_data(h_data));

  product_path u_product (
    .clk(clk), .rst(rst), .start_valid(start_valid[QMM]), .start_ready(qmm_ready), .op(qmm_op), .done(qmm_done),
    .load_we(load_we), .load_addr(load_addr), .w_wdata(w_wdata), .p_wdata(p_wdata), .b_wdata(b_wdata), .t_wdata(t_wdata),
    .h_we(h_we), .h_addr(h_addr), .h_wdata(h_data), .a_we(a_we), .a_group(a_group), .a_addr(a_addr), .a_wdata(a_data),
    .x_ren(x_ren), .x_rblock(x_rblock), .x_raddr(x_raddr), .x_rdata(x_rdata),
    .x_we(x_we), .x_wblock(x_wblock), .x_waddr(x_waddr), .x_wdata(x_wdata),
    .s_we(s_we), .s_addr(s_addr), .s_data(s_data), .m_we(m_we), .m_addr(m_addr), .m_data(m_data));

  attention_path u_attention (
    .clk(clk), .rst(rst),
    .exp_start_valid(start_valid[EXP]), .exp_start_ready(exp_ready), .exp_op(exp_op), .exp_done(exp_done),
    .sel_start_valid(start_valid[SEL]), .sel_start_ready(sel_ready), .sel_op(sel_op), .sel_done(sel_done),
    .t_we(load_we[bat_pkg::DEST_T]), .t_waddr(load_addr), .t_wdata(t_wdata),
    .s_we(s_we), .s_waddr(s_addr), .s_wdata(s_data), .m_we(m_we), .m_waddr(m_addr), .m_wdata(m_data),
    .a_we(a_we), .a_group(a_group), .a_addr(a_addr), .a_data(a_data));
endmodule
