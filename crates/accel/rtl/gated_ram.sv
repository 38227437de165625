// A `ram` that reads 0 in the cycle after `re` is low, by the reset of block RAM's output: data of several can be ORed.
// As there, a word that is being written reads inverted in simulation.
module gated_ram #(parameter int W = 8, D = 16, localparam int AW = (D < 2) ? 1 : $clog2(D)) (
  input  logic          clk,
  input  logic          we,
  input  logic [AW-1:0] waddr,
  input  logic [W-1:0]  wdata,
  input  logic          re,
  input  logic [AW-1:0] raddr,
  output logic [W-1:0]  rdata
);
  logic [W-1:0] mem [D];
  always_ff @(posedge clk) begin
    if (we) mem[waddr] <= wdata;
    if (re) rdata <= mem[raddr];
    else rdata <= '0;
`ifndef SYNTHESIS
    if (re && we && waddr == raddr) rdata <= ~mem[raddr];
`endif
  end
endmodule
