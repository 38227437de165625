// A group of P rows a cycle into the residual stream: x = sat16(x + r). Reads X two cycles before r arrives, writes a cycle after it:
//   cycle 0 address    1 X's data    2 r and the data's register meet    3 write
module residual (
  input  logic                                   clk,
  input  logic                                   rst,
  input  logic                                   valid,     // cycle 0
  input  logic [9:0]                             block,
  input  logic [15:0]                            address,
  input  logic [bat_pkg::P*bat_pkg::TILE*20-1:0] r,         // cycle 2: {over, negative, value} of `rescale_lane`
  output logic                                   x_ren,
  output logic [15:0]                            x_rblock,
  output logic [15:0]                            x_raddr,
  input  logic [bat_pkg::P*bat_pkg::TILE*16-1:0] x_rdata,
  output logic [bat_pkg::P-1:0]                  x_we,
  output logic [15:0]                            x_wblock,
  output logic [15:0]                            x_waddr,
  output logic [bat_pkg::P*bat_pkg::TILE*16-1:0] x_wdata
);
  localparam int N = bat_pkg::P * bat_pkg::TILE;
  logic we;
  logic [N*16-1:0] x;
  assign x_ren = valid;
  assign x_rblock = 16'(block);
  assign x_raddr = address;
  assign x_we = {bat_pkg::P{we}};
  valid_delay #(.W(1), .N(3)) valid_3 (.clk, .rst, .d(valid), .q(we));
  delay #(.W(32), .N(3)) place_3 (.clk, .d({x_rblock, address}), .q({x_wblock, x_waddr}));
  always_ff @(posedge clk) x <= x_rdata;
  for (genvar e = 0; e < N; e++) begin : g_element
    logic signed [17:0] limited;
    logic signed [18:0] sum;
    saturate limit (.over(r[20*e + 19]), .negative(r[20*e + 18]), .value(r[20*e +: 18]), .limited(limited));
    assign sum = 19'(signed'(x[16*e +: 16])) + 19'(limited);
    always_ff @(posedge clk) begin
      if (sum[18:15] == '0 || sum[18:15] == '1) x_wdata[16*e +: 16] <= sum[15:0];
      else x_wdata[16*e +: 16] <= {sum[18], {15{!sum[18]}}};
    end
  end
endmodule
