// W, whose depth may lie between shapes of block RAM: a bank of the greatest power of two and a bank of the rest.
//
//   address < LOW --> low, high = 0          else --> low = 0, high          word = low | high, left to `operand_select`
//
// The bank that is not addressed reads 0, so that no multiplexer stands behind them. A depth that is a power of two has
// one bank. Data a cycle after the address; no bypass.
module weight_memory (
  input  logic                                clk,
  input  logic                                we,
  input  logic [15:0]                         waddr,
  input  logic [bat_pkg::TILE*bat_pkg::K-1:0] wdata,
  input  logic [15:0]                         raddr,
  output logic [bat_pkg::TILE*bat_pkg::K-1:0] low,
  output logic [bat_pkg::TILE*bat_pkg::K-1:0] high
);
  localparam int W = bat_pkg::TILE * bat_pkg::K;
  localparam int D = bat_pkg::W_DEPTH;
  localparam int WHOLE = 1 << $clog2(D);
  localparam int LOW = (WHOLE == D) ? D : WHOLE / 2;

  if (LOW == D) begin : g_bank
    word_memory #(.W(W), .D(D)) u_bank (.clk(clk), .we(we), .waddr(waddr), .wdata(wdata), .raddr(raddr), .rdata(low));
    assign high = '0;
  end else begin : g_banks
    localparam int REST = D - LOW;
    localparam int LW = (LOW < 2) ? 1 : $clog2(LOW);
    localparam int HW = (REST < 2) ? 1 : $clog2(REST);
    logic write_high, read_high;

    assign write_high = waddr[$clog2(LOW)];
    assign read_high = raddr[$clog2(LOW)];
    gated_ram #(.W(W), .D(LOW)) u_low (
      .clk(clk), .we(we && !write_high), .waddr(waddr[LW-1:0]), .wdata(wdata),
      .re(!read_high), .raddr(raddr[LW-1:0]), .rdata(low));
    gated_ram #(.W(W), .D(REST)) u_high (
      .clk(clk), .we(we && write_high), .waddr(waddr[HW-1:0]), .wdata(wdata),
      .re(read_high), .raddr(raddr[HW-1:0]), .rdata(high));

    logic unused;
    assign unused = &{1'b0, waddr, raddr};
  end
endmodule
