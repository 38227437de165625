// A synchronous memory: one write port, one read port, data a cycle after its address. Where both meet the data mean nothing, so that
// no part needs gates beside its block RAM: nobody uses a word that is being written, and simulation reads it inverted.
module ram #(parameter int W = 8, D = 16, localparam int AW = (D < 2) ? 1 : $clog2(D)) (
  input  logic          clk,
  input  logic          we,
  input  logic [AW-1:0] waddr,
  input  logic [W-1:0]  wdata,
  input  logic [AW-1:0] raddr,
  output logic [W-1:0]  rdata
);
  (* no_rw_check *) logic [W-1:0] mem [D];
  always_ff @(posedge clk) begin
    if (we) mem[waddr] <= wdata;
    rdata <= mem[raddr];
`ifndef SYNTHESIS
    if (we && waddr == raddr) rdata <= ~mem[raddr];
`endif
  end
endmodule
