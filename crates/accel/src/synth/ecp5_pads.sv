// bat_top behind few pads, for place and route: a shift register from one pad holds every input, registers hold every output and
// their parity, in two steps, goes to one pad. No path of bat_top starts or ends at a pad, so the clock reported is that of bat_top.
module ecp5_pads (
  input  logic clk,
  input  logic rst,
  input  logic d,
  output logic q
);
  localparam int BEAT = bat_pkg::BEAT;
  localparam int INS = 8 + 32 + 8 + 5 + 1 + 1 + BEAT + 1 + 2 + 1 + 32 + 1;
  localparam int OUTS = 3 + 2 + 1 + 32 + 2 + 1 + 64 + 8 + 3 + 2 + 1 + 1 + 1 + 32 + 1 + 1 + 2 * bat_pkg::UNITS;
  localparam int GROUPS = (OUTS + 15) / 16;
  logic              reset;
  logic [INS-1:0]    ins;
  logic [OUTS-1:0]   outs, held;
  logic [GROUPS-1:0] parity;

  always_ff @(posedge clk) begin
    reset <= rst;
    ins <= {ins[INS-2:0], d};
    held <= outs;
    for (int g = 0; g < GROUPS; g++) parity[g] <= ^(16'(held >> (16 * g)));
    q <= ^parity;
  end

  logic [7:0]      aw, ar;
  logic [31:0]     w, stream;
  logic [4:0]      lite;
  logic            ar_ready, r_valid, r_last, in_valid, out_ready;
  logic [1:0]      r_resp;
  logic [BEAT-1:0] r_data;
  assign {aw, w, ar, lite, ar_ready, r_valid, r_data, r_last, r_resp, in_valid, stream, out_ready} = ins;

  logic        aw_ready, w_ready, b_valid, lar_ready, lr_valid, arvalid, r_ready, in_ready, out_valid, out_last, start;
  logic [1:0]  b_resp, lr_resp, burst;
  logic [31:0] lr_data, out_data;
  logic [63:0] araddr;
  logic [7:0]  arlen;
  logic [2:0]  arsize;
  logic [bat_pkg::UNITS-1:0] accepts, dones;
  assign outs = OUTS'({aw_ready, w_ready, b_valid, b_resp, lar_ready, lr_data, lr_resp, lr_valid, araddr, arlen, arsize, burst,
                       arvalid, r_ready, in_ready, out_data, out_valid, out_last, start, accepts, dones});

  bat_top top (
    .clk(clk), .rst(reset),
    .s_axi_awvalid(lite[0]), .s_axi_awready(aw_ready), .s_axi_awaddr(aw),
    .s_axi_wvalid(lite[1]), .s_axi_wready(w_ready), .s_axi_wdata(w),
    .s_axi_bvalid(b_valid), .s_axi_bready(lite[2]), .s_axi_bresp(b_resp),
    .s_axi_arvalid(lite[3]), .s_axi_arready(lar_ready), .s_axi_araddr(ar),
    .s_axi_rvalid(lr_valid), .s_axi_rready(lite[4]), .s_axi_rdata(lr_data), .s_axi_rresp(lr_resp),
    .m_axi_arvalid(arvalid), .m_axi_arready(ar_ready), .m_axi_araddr(araddr), .m_axi_arlen(arlen),
    .m_axi_arsize(arsize), .m_axi_arburst(burst),
    .m_axi_rvalid(r_valid), .m_axi_rready(r_ready), .m_axi_rdata(r_data), .m_axi_rlast(r_last), .m_axi_rresp(r_resp),
    .s_axis_tvalid(in_valid), .s_axis_tready(in_ready), .s_axis_tdata(stream),
    .m_axis_tvalid(out_valid), .m_axis_tready(out_ready), .m_axis_tdata(out_data), .m_axis_tlast(out_last),
    .trace_start(start), .trace_accept(accepts), .trace_done(dones));
endmodule
