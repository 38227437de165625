// BAT with its buses, named as tools infer them: AXI4-Lite registers, AXI4 read master, AXI4-Stream in and out.
// The trace ports are for simulation; leave them open on a board.
module bat_top (
  input  logic                      clk,
  input  logic                      rst,
  input  logic                      s_axi_awvalid,
  output logic                      s_axi_awready,
  input  logic [7:0]                s_axi_awaddr,
  input  logic                      s_axi_wvalid,
  output logic                      s_axi_wready,
  input  logic [31:0]               s_axi_wdata,
  output logic                      s_axi_bvalid,
  input  logic                      s_axi_bready,
  output logic [1:0]                s_axi_bresp,
  input  logic                      s_axi_arvalid,
  output logic                      s_axi_arready,
  input  logic [7:0]                s_axi_araddr,
  output logic                      s_axi_rvalid,
  input  logic                      s_axi_rready,
  output logic [31:0]               s_axi_rdata,
  output logic [1:0]                s_axi_rresp,
  output logic                      m_axi_arvalid,
  input  logic                      m_axi_arready,
  output logic [63:0]               m_axi_araddr,
  output logic [7:0]                m_axi_arlen,
  output logic [2:0]                m_axi_arsize,
  output logic [1:0]                m_axi_arburst,
  input  logic                      m_axi_rvalid,
  output logic                      m_axi_rready,
  input  logic [bat_pkg::BEAT-1:0]  m_axi_rdata,
  input  logic                      m_axi_rlast,
  input  logic [1:0]                m_axi_rresp,
  input  logic                      s_axis_tvalid,
  output logic                      s_axis_tready,
  input  logic [31:0]               s_axis_tdata,
  output logic                      m_axis_tvalid,
  input  logic                      m_axis_tready,
  output logic [31:0]               m_axis_tdata,
  output logic                      m_axis_tlast,
  output logic                      trace_start,
  output logic [bat_pkg::UNITS-1:0] trace_accept,
  output logic [bat_pkg::UNITS-1:0] trace_done
);
  logic        busy, finished, error;
  logic [63:0] image, cycles;
  logic [31:0] program_beat;
  logic [16:0] count;

  assign s_axi_bresp = 2'b00;
  assign s_axi_rresp = 2'b00;
  assign m_axi_arsize = 3'($clog2(bat_pkg::BEAT / 8));
  assign m_axi_arburst = 2'b01;

  csr u_csr (
    .clk(clk), .rst(rst),
    .aw_valid(s_axi_awvalid), .aw_ready(s_axi_awready), .aw_addr(s_axi_awaddr),
    .w_valid(s_axi_wvalid), .w_ready(s_axi_wready), .w_data(s_axi_wdata), .b_valid(s_axi_bvalid), .b_ready(s_axi_bready),
    .ar_valid(s_axi_arvalid), .ar_ready(s_axi_arready), .ar_addr(s_axi_araddr),
    .r_valid(s_axi_rvalid), .r_ready(s_axi_rready), .r_data(s_axi_rdata),
    .start(trace_start), .image(image), .program_beat(program_beat), .count(count),
    .busy(busy), .finished(finished), .error(error), .cycles(cycles));

  bat_core u_core (
    .clk(clk), .rst(rst), .start(trace_start), .image(image), .program_beat(program_beat), .count(count),
    .busy(busy), .finished(finished), .error(error), .cycles(cycles),
    .ar_valid(m_axi_arvalid), .ar_addr(m_axi_araddr), .ar_len(m_axi_arlen), .ar_ready(m_axi_arready),
    .r_valid(m_axi_rvalid), .r_data(m_axi_rdata), .r_last(m_axi_rlast), .r_resp(m_axi_rresp), .r_ready(m_axi_rready),
    .in_valid(s_axis_tvalid), .in_ready(s_axis_tready), .in_data(s_axis_tdata),
    .out_valid(m_axis_tvalid), .out_ready(m_axis_tready), .out_data(m_axis_tdata), .out_last(m_axis_tlast),
    .trace_accept(trace_accept), .trace_done(trace_done));
endmodule
