// A tile of 1-bit codes in one cycle: bit = acc >= threshold - init. The difference of 33 bits is limited to ACC_W + 1 bits a cycle before,
// which no accumulator can tell. Bit row * TILE + channel.
module threshold_tile (
  input  logic                                                  clk,
  input  logic [32*bat_pkg::TILE-1:0]                           threshold,   // a cycle before acc
  input  logic [31:0]                                           init,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*bat_pkg::ACC_W-1:0] acc,
  output logic [bat_pkg::TILE*bat_pkg::TILE-1:0]                bits
);
  localparam int TILE = bat_pkg::TILE;
  localparam int W = bat_pkg::ACC_W;
  for (genvar j = 0; j < TILE; j++) begin : g_channel
    logic signed [32:0] difference;
    logic signed [W:0] limit;
    assign difference = 33'(signed'(threshold[32*j +: 32])) - 33'(signed'(init));
    if (W == 32) begin : g_whole
      always_ff @(posedge clk) limit <= difference;
    end else begin : g_limit
      logic fits;
      assign fits = difference[32:W] == '0 || difference[32:W] == '1;
      always_ff @(posedge clk) limit <= fits ? difference[W:0] : {difference[32], {W{!difference[32]}}};
    end
    for (genvar i = 0; i < TILE; i++) begin : g_row
      logic signed [W:0] value;
      assign value = (W+1)'(signed'(acc[(i*TILE + j)*W +: W]));
      always_ff @(posedge clk) bits[i*TILE + j] <= value >= limit;
    end
  end
endmodule
