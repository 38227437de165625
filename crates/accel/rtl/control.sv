// The sequencer with IMEM and the eight queues; the units' starts come from here, the boot's load too.
//
//   load --words--> IMEM -> sequencer -> queue of each unit -> start_valid, op
//                                ^----------- done of each unit
//
// An IMEM word is an instruction, or two of them where a beat holds two.
module control (
  input  logic                          clk,
  input  logic                          rst,
  input  logic                          start,
  input  logic [31:0]                   program_beat,
  input  logic [16:0]                   count,
  output logic                          busy,
  output logic                          finished,
  output logic [63:0]                   cycles,
  input  logic                          imem_we,
  input  logic [15:0]                   imem_waddr,
  input  logic [bat_pkg::IMEM_W-1:0]    imem_wdata,
  output logic [bat_pkg::UNITS-1:0]     start_valid,
  input  logic [bat_pkg::UNITS-1:0]     start_ready,
  input  logic [bat_pkg::UNITS-1:0]     done,
  output logic [bat_pkg::UNITS-1:0]     counted,       // units whose starts and ends count: not `load` while it boots
  output bat_pkg::load_t                load_op,
  output bat_pkg::input_t               input_op,
  output bat_pkg::embed_t               embed_op,
  output bat_pkg::norm_t                norm_op,
  output bat_pkg::qmm_t                 qmm_op,
  output bat_pkg::exp_t                 exp_op,
  output bat_pkg::sel_t                 sel_op,
  output bat_pkg::head_t                head_op
);
  localparam int BITS = bat_pkg::INSTR_BITS;
  localparam int AT = bat_pkg::FIELDS_AT;
  localparam int PER = bat_pkg::IMEM_W / BITS;
  localparam int WORDS = (bat_pkg::IMEM_DEPTH + PER - 1) / PER;

  logic [bat_pkg::IMEM_W-1:0]                   imem_rdata;
  logic [BITS-1:0]                              instruction, held;
  logic [16:0]                                  pc;
  logic [bat_pkg::UNITS-1:0]                    push, full, queued;
  logic [bat_pkg::UNITS*bat_pkg::WAIT_BITS-1:0] counts;
  logic                                         boot_valid, booting;
  bat_pkg::load_t                               boot_op, queued_load;

  word_memory #(.W(bat_pkg::IMEM_W), .D(WORDS)) u_imem (
    .clk(clk), .we(imem_we), .waddr(imem_waddr), .wdata(imem_wdata),
    .raddr((PER == 2) ? pc[16:1] : pc[15:0]), .rdata(imem_rdata));

  assign instruction = (PER == 2 && pc[0]) ? imem_rdata[bat_pkg::IMEM_W-1 -: BITS] : imem_rdata[BITS-1:0];

  sequencer u_sequencer (
    .clk(clk), .rst(rst), .start(start), .program_beat(program_beat), .count(count),
    .booting(booting), .boot_valid(boot_valid), .boot_op(boot_op), .pc(pc), .instruction(instruction),
    .push(push), .held(held), .full(full), .done(done & counted), .boot_done(done[bat_pkg::UNIT_LOAD]), .counts(counts),
    .busy(busy), .finished(finished), .cycles(cycles));

  assign counted = ~(bat_pkg::UNITS'(booting) << bat_pkg::UNIT_LOAD);
  assign start_valid = queued | (bat_pkg::UNITS'(boot_valid) << bat_pkg::UNIT_LOAD);
  assign load_op = boot_valid ? boot_op : queued_load;

  unit_queue #(.W(bat_pkg::LOAD_BITS)) u_load_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_LOAD]), .instruction(held[AT+bat_pkg::LOAD_BITS-1:0]),
    .full(full[bat_pkg::UNIT_LOAD]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_LOAD]),
    .start_ready(start_ready[bat_pkg::UNIT_LOAD]), .fields(queued_load));

  unit_queue #(.W(bat_pkg::INPUT_BITS)) u_input_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_INPUT]), .instruction(held[AT+bat_pkg::INPUT_BITS-1:0]),
    .full(full[bat_pkg::UNIT_INPUT]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_INPUT]),
    .start_ready(start_ready[bat_pkg::UNIT_INPUT]), .fields(input_op));

  unit_queue #(.W(bat_pkg::EMBED_BITS)) u_embed_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_EMBED]), .instruction(held[AT+bat_pkg::EMBED_BITS-1:0]),
    .full(full[bat_pkg::UNIT_EMBED]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_EMBED]),
    .start_ready(start_ready[bat_pkg::UNIT_EMBED]), .fields(embed_op));

  unit_queue #(.W(bat_pkg::NORM_BITS)) u_norm_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_NORM]), .instruction(held[AT+bat_pkg::NORM_BITS-1:0]),
    .full(full[bat_pkg::UNIT_NORM]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_NORM]),
    .start_ready(start_ready[bat_pkg::UNIT_NORM]), .fields(norm_op));

  unit_queue #(.W(bat_pkg::QMM_BITS)) u_qmm_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_QMM]), .instruction(held[AT+bat_pkg::QMM_BITS-1:0]),
    .full(full[bat_pkg::UNIT_QMM]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_QMM]),
    .start_ready(start_ready[bat_pkg::UNIT_QMM]), .fields(qmm_op));

  unit_queue #(.W(bat_pkg::EXP_BITS)) u_exp_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_EXP]), .instruction(held[AT+bat_pkg::EXP_BITS-1:0]),
    .full(full[bat_pkg::UNIT_EXP]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_EXP]),
    .start_ready(start_ready[bat_pkg::UNIT_EXP]), .fields(exp_op));

  unit_queue #(.W(bat_pkg::SEL_BITS)) u_sel_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_SEL]), .instruction(held[AT+bat_pkg::SEL_BITS-1:0]),
    .full(full[bat_pkg::UNIT_SEL]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_SEL]),
    .start_ready(start_ready[bat_pkg::UNIT_SEL]), .fields(sel_op));

  unit_queue #(.W(bat_pkg::HEAD_BITS)) u_head_queue (
    .clk(clk), .rst(rst), .push(push[bat_pkg::UNIT_HEAD]), .instruction(held[AT+bat_pkg::HEAD_BITS-1:0]),
    .full(full[bat_pkg::UNIT_HEAD]), .counts(counts), .start_valid(queued[bat_pkg::UNIT_HEAD]),
    .start_ready(start_ready[bat_pkg::UNIT_HEAD]), .fields(head_op));

  logic unused;
  assign unused = &{1'b0, held};
endmodule
