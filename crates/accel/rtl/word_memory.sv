// A `ram` behind 16-bit addresses, of which it takes the low bits. Data a cycle after the address; no bypass.
module word_memory #(parameter int W = 8, D = 16) (
  input  logic         clk,
  input  logic         we,
  input  logic [15:0]  waddr,
  input  logic [W-1:0] wdata,
  input  logic [15:0]  raddr,
  output logic [W-1:0] rdata
);
  localparam int AW = (D < 2) ? 1 : $clog2(D);

  ram #(.W(W), .D(D)) u_ram (
    .clk(clk), .we(we), .waddr(waddr[AW-1:0]), .wdata(wdata), .raddr(raddr[AW-1:0]), .rdata(rdata));

  logic unused;
  assign unused = &{1'b0, waddr, raddr};
endmodule
