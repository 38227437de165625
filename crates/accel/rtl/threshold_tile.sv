// A tile of 1-bit codes, two cycles after it: bit = acc + (init - threshold) >= 0. Bit row * TILE + channel.
//   with BAT_DSP  acc * 1, then the sum in a DSP: no LUT     else  acc >= threshold - init, the difference of 33 bits limited before to
// ACC_W + 1 bits, which no accumulator can tell
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
`ifdef BAT_DSP
    logic signed [47:0] above, above_1;
    assign difference = 33'(signed'(init)) - 33'(signed'(threshold[32*j +: 32]));
    always_ff @(posedge clk) {above_1, above} <= {above, 48'(difference)};
    for (genvar i = 0; i < TILE; i++) begin : g_row
      // verilator lint_off UNUSEDSIGNAL
      logic signed [47:0] margin;  // its sign
      // verilator lint_on UNUSEDSIGNAL
      multiply_add #(.A(W), .B(2)) add (.clk, .a(acc[(i*TILE + j)*W +: W]), .b(2'sd1), .c(above_1), .p(margin));
      assign bits[i*TILE + j] = !margin[47];
    end
`else
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
      logic reached;
      assign value = (W+1)'(signed'(acc[(i*TILE + j)*W +: W]));
      always_ff @(posedge clk) {bits[i*TILE + j], reached} <= {reached, value >= limit};
    end
`endif
  end
endmodule
