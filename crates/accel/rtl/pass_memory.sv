// PT: passes of 16 bits in distributed RAM. Data in the cycle of the address, so that a pass costs `qmm` no cycle.
module pass_memory (
  input  logic                       clk,
  input  logic                       we,
  input  logic [15:0]                waddr,
  input  logic [15:0]                wdata,
  input  logic [bat_pkg::PT_AW-1:0]  raddr,
  output bat_pkg::pass_t             rdata
);
  (* ram_style = "distributed" *) logic [15:0] mem [bat_pkg::PT_DEPTH];

  always_ff @(posedge clk) if (we) mem[waddr[bat_pkg::PT_AW-1:0]] <= wdata;
  assign rdata = mem[raddr];

  logic unused;
  assign unused = &{1'b0, waddr};
endmodule
