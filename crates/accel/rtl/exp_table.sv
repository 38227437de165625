// A lane's copy of the exponent table T: data a cycle after the index. Short tables lie in LUTs, long ones in block RAM.
module exp_table (
  input  logic                    clk,
  input  logic                    we,
  input  logic [bat_pkg::T_AW-1:0] waddr,
  input  logic [15:0]             wdata,
  input  logic [bat_pkg::T_AW-1:0] index,
  output logic [15:0]             rdata
);
  localparam int D = bat_pkg::T_DEPTH;

  if (D <= 64) begin : g_luts
    (* ram_style = "distributed" *) logic [15:0] mem [D];
    always_ff @(posedge clk) begin
      if (we) mem[waddr] <= wdata;
      rdata <= mem[index];
    end
  end else begin : g_block
    (* ram_style = "block" *) logic [15:0] mem [D];
    always_ff @(posedge clk) begin
      if (we) mem[waddr] <= wdata;
      rdata <= mem[index];
    end
  end
endmodule
