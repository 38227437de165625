// X, the residual stream: XB banks of P row memories. A block of tokens lives in bank `block % XB`; the units name the
// block, the bank muxes lie here.
//
//   readers  qmm norm head -> address mux of each bank -> RAM -> data mux of each reader (bank of the cycle before)
//   writers  qmm norm embed -> enable, address and data mux of each bank
//
// Data come a cycle after `ren`. The schedule keeps the units in different banks; an assertion watches it.
module x_memory (
  input  logic                                      clk,
  input  logic [2:0]                                ren,      // 0 qmm, 1 norm, 2 head
  input  logic [3*16-1:0]                           rblock,
  input  logic [3*16-1:0]                           raddr,
  output logic [3*bat_pkg::P*bat_pkg::TILE*16-1:0]  rdata,
  input  logic [3*bat_pkg::P-1:0]                   we,       // 0 qmm, 1 norm, 2 embed; each row memory
  input  logic [3*16-1:0]                           wblock,
  input  logic [3*16-1:0]                           waddr,
  input  logic [3*bat_pkg::P*bat_pkg::TILE*16-1:0]  wdata
);
  localparam int P = bat_pkg::P;
  localparam int ROW = bat_pkg::TILE * 16;
  localparam int XB = bat_pkg::XB;
  localparam int BW = (XB == 1) ? 1 : $clog2(XB);

  logic [XB*P*ROW-1:0] banks;
  logic [XB*3-1:0]     read_by, written_by;

  for (genvar b = 0; b < XB; b++) begin : g_bank
    logic [15:0]       at, put;
    logic [1:0]        writer;
    logic [P-1:0]      enable;
    logic [P*ROW-1:0]  data;

    for (genvar u = 0; u < 3; u++) begin : g_user
      assign read_by[b * 3 + u] = ren[u] && ((XB == 1) || (rblock[u * 16 +: BW] == BW'(b)));
      assign written_by[b * 3 + u] = (we[u * P +: P] != 0) && ((XB == 1) || (wblock[u * 16 +: BW] == BW'(b)));
    end

    always_comb begin
      at = raddr[2 * 16 +: 16];
      if (read_by[b * 3 + 1]) at = raddr[16 +: 16];
      if (read_by[b * 3]) at = raddr[0 +: 16];
      writer = written_by[b * 3] ? 2'd0 : written_by[b * 3 + 1] ? 2'd1 : 2'd2;
      case (writer)
        2'd0: {enable, put, data} = {we[0 +: P] & {P{written_by[b * 3]}}, waddr[0 +: 16], wdata[0 +: P * ROW]};
        2'd1: {enable, put, data} = {we[P +: P], waddr[16 +: 16], wdata[P * ROW +: P * ROW]};
        default: begin
          enable = we[2 * P +: P] & {P{written_by[b * 3 + 2]}};
          {put, data} = {waddr[2 * 16 +: 16], wdata[2 * P * ROW +: P * ROW]};
        end
      endcase
    end

    for (genvar p = 0; p < P; p++) begin : g_row
      word_memory #(.W(ROW), .D(bat_pkg::X_DEPTH)) u_row (
        .clk(clk), .we(enable[p]), .waddr(put), .wdata(data[p * ROW +: ROW]),
        .raddr(at), .rdata(banks[(b * P + p) * ROW +: ROW]));
    end

`ifndef SYNTHESIS
    always_ff @(posedge clk) begin
      assert ($countones(read_by[b * 3 +: 3]) <= 1) else $error("two units read bank %0d of X", b);
      assert ($countones(written_by[b * 3 +: 3]) <= 1) else $error("two units write bank %0d of X", b);
    end
`endif
  end

  for (genvar u = 0; u < 3; u++) begin : g_reader
    logic [BW-1:0] bank;

    always_ff @(posedge clk) bank <= (XB == 1) ? '0 : rblock[u * 16 +: BW];
    assign rdata[u * P * ROW +: P * ROW] = banks[32'(bank) * P * ROW +: P * ROW];
  end

  logic unused;
  assign unused = &{1'b0, rblock, wblock};
endmodule
