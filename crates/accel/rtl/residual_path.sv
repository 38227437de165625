// The residual stream X and the units that live on it: `input_unit` and `embed_unit` fill it, `norm_unit` normalises it and
// makes codes for H, `head_unit` reads it out; `qmm` adds to it from outside.
//
//   input stream -> input_unit -> I -> embed_unit -> X <-> norm_unit -> codes (H);  X -> head_unit -> output stream
//   load -> NG NQ B;  I (second copy) -> load
//
// B has one read port: it belongs to the one of `embed` and `head` that was started last.
module residual_path (
  input  logic                                   clk,
  input  logic                                   rst,
  input  logic [bat_pkg::UNITS-1:0]              start_valid,
  output logic [bat_pkg::UNITS-1:0]              start_ready,   // of input, embed, norm, head; others 0
  input  bat_pkg::input_t                        input_op,
  input  bat_pkg::embed_t                        embed_op,
  input  bat_pkg::norm_t                         norm_op,
  input  bat_pkg::head_t                         head_op,
  output logic [bat_pkg::UNITS-1:0]              done,          // as `start_ready`
  input  logic                                   in_valid,
  output logic                                   in_ready,
  input  logic [31:0]                            in_data,
  output logic                                   out_valid,
  input  logic                                   out_ready,
  output logic [31:0]                            out_data,
  output logic                                   out_last,
  input  logic [8:0]                             load_we,
  input  logic [15:0]                            load_waddr,
  input  logic [64*bat_pkg::TILE-1:0]            p_wdata,
  input  logic [bat_pkg::BEAT-1:0]               b_wdata,
  input  logic [15:0]                            load_i_addr,
  output logic [31:0]                            load_i_data,
  input  logic                                   qmm_ren,
  input  logic [15:0]                            qmm_rblock,
  input  logic [15:0]                            qmm_raddr,
  output logic [bat_pkg::P*bat_pkg::TILE*16-1:0] qmm_rdata,
  input  logic [bat_pkg::P-1:0]                  qmm_we,
  input  logic [15:0]                            qmm_wblock,
  input  logic [15:0]                            qmm_waddr,
  input  logic [bat_pkg::P*bat_pkg::TILE*16-1:0] qmm_wdata,
  output logic [bat_pkg::COLS-1:0]               h_we,
  output logic [15:0]                            h_addr,
  output logic [bat_pkg::TILE*bat_pkg::TILE-1:0] h_data
);
  localparam int P = bat_pkg::P;
  localparam int TILE = bat_pkg::TILE;
  localparam int XW = P * TILE * 16;
  localparam int INPUT = bat_pkg::UNIT_INPUT;
  localparam int EMBED = bat_pkg::UNIT_EMBED;
  localparam int NORM = bat_pkg::UNIT_NORM;
  localparam int HEAD = bat_pkg::UNIT_HEAD;

  logic              norm_ren, head_ren, i_we, head_reads;
  logic [15:0]       norm_rblock, norm_raddr, head_rblock, head_raddr, norm_wblock, norm_waddr, embed_wblock, embed_waddr;
  logic [P-1:0]      norm_we, embed_we;
  logic [XW-1:0]     norm_rdata, head_rdata, norm_wdata, embed_wdata;
  logic [15:0]       i_waddr, i_addr, embed_b_addr, head_b_addr, ng_addr, nq_addr;
  logic [31:0]       i_wdata, i_data;
  logic [bat_pkg::BEAT-1:0] b_data;
  logic [64*TILE-1:0] ng_data, nq_data;

  x_memory u_x (
    .clk(clk), .ren({head_ren, norm_ren, qmm_ren}), .rblock({head_rblock, norm_rblock, qmm_rblock}),
    .raddr({head_raddr, norm_raddr, qmm_raddr}), .rdata({head_rdata, norm_rdata, qmm_rdata}),
    .we({embed_we, norm_we, qmm_we}), .wblock({embed_wblock, norm_wblock, qmm_wblock}),
    .waddr({embed_waddr, norm_waddr, qmm_waddr}), .wdata({embed_wdata, norm_wdata, qmm_wdata}));

  word_memory #(.W(32), .D(bat_pkg::I_DEPTH)) u_i_embed (
    .clk(clk), .we(i_we), .waddr(i_waddr), .wdata(i_wdata), .raddr(i_addr), .rdata(i_data));
  word_memory #(.W(32), .D(bat_pkg::I_DEPTH)) u_i_load (
    .clk(clk), .we(i_we), .waddr(i_waddr), .wdata(i_wdata), .raddr(load_i_addr), .rdata(load_i_data));
  word_memory #(.W(bat_pkg::BEAT), .D(bat_pkg::B_DEPTH)) u_b (
    .clk(clk), .we(load_we[bat_pkg::DEST_B]), .waddr(load_waddr), .wdata(b_wdata),
    .raddr(head_reads ? head_b_addr : embed_b_addr), .rdata(b_data));
  word_memory #(.W(64 * TILE), .D(bat_pkg::NG_DEPTH)) u_ng (
    .clk(clk), .we(load_we[bat_pkg::DEST_NG]), .waddr(load_waddr), .wdata(p_wdata), .raddr(ng_addr), .rdata(ng_data));
  word_memory #(.W(64 * TILE), .D(bat_pkg::NQ_DEPTH)) u_nq (
    .clk(clk), .we(load_we[bat_pkg::DEST_NQ]), .waddr(load_waddr), .wdata(p_wdata), .raddr(nq_addr), .rdata(nq_data));

  always_ff @(posedge clk) begin
    if (start_valid[HEAD] && start_ready[HEAD]) head_reads <= 1'b1;
    else if (start_valid[EMBED] && start_ready[EMBED]) head_reads <= 1'b0;
  end

  assign start_ready[bat_pkg::UNIT_LOAD] = 1'b0;
  assign start_ready[bat_pkg::UNIT_SEL:bat_pkg::UNIT_QMM] = '0;
  assign done[bat_pkg::UNIT_LOAD] = 1'b0;
  assign done[bat_pkg::UNIT_SEL:bat_pkg::UNIT_QMM] = '0;

  input_unit u_input (
    .clk(clk), .rst(rst), .start_valid(start_valid[INPUT]), .start_ready(start_ready[INPUT]), .op(input_op),
    .done(done[INPUT]), .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
    .i_we(i_we), .i_waddr(i_waddr), .i_wdata(i_wdata));

  embed_unit u_embed (
    .clk(clk), .rst(rst), .start_valid(start_valid[EMBED]), .start_ready(start_ready[EMBED]), .op(embed_op),
    .done(done[EMBED]), .b_addr(embed_b_addr), .b_data(b_data), .i_addr(i_addr), .i_data(i_data),
    .x_we(embed_we), .x_wblock(embed_wblock), .x_waddr(embed_waddr), .x_wdata(embed_wdata));

  norm_unit u_norm (
    .clk(clk), .rst(rst), .start_valid(start_valid[NORM]), .start_ready(start_ready[NORM]), .op(norm_op),
    .done(done[NORM]), .x_ren(norm_ren), .x_rblock(norm_rblock), .x_raddr(norm_raddr), .x_rdata(norm_rdata),
    .x_we(norm_we), .x_wblock(norm_wblock), .x_waddr(norm_waddr), .x_wdata(norm_wdata),
    .ng_addr(ng_addr), .ng_data(ng_data), .nq_addr(nq_addr), .nq_data(nq_data),
    .h_we(h_we), .h_addr(h_addr), .h_data(h_data));

  head_unit u_head (
    .clk(clk), .rst(rst), .start_valid(start_valid[HEAD]), .start_ready(start_ready[HEAD]), .op(head_op),
    .done(done[HEAD]), .x_ren(head_ren), .x_rblock(head_rblock), .x_raddr(head_raddr), .x_rdata(head_rdata),
    .b_addr(head_b_addr), .b_data(b_data),
    .out_valid(out_valid), .out_ready(out_ready), .out_data(out_data), .out_last(out_last));

  logic unused;
  assign unused = &{1'b0, load_we, start_valid};
endmodule
