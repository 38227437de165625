// A row's exponents of one key tile, and their sum two cycles later: sums of four, then of all.
module exp_row (
  input  logic                                        clk,
  input  logic [bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] scores,
  input  logic signed [bat_pkg::SCORE_W:0]            base,
  input  logic [4:0]                                  shift,
  input  logic [bat_pkg::SCORE_W:0]                   scale,
  input  logic [bat_pkg::T_AW-1:0]                    last,
  input  logic [bat_pkg::SCORE_W-1:0]                 most,
  input  logic                                        sps,
  input  logic                                        t_we,
  input  logic [bat_pkg::T_AW-1:0]                    t_waddr,
  input  logic [15:0]                                 t_wdata,
  output logic [bat_pkg::TILE*16-1:0]                 e,
  output logic [20:0]                                 sum
);
  localparam int TILE = bat_pkg::TILE;
  localparam int EW = bat_pkg::SCORE_W + 1;
  localparam int PART = TILE < 4 ? TILE : 4;
  localparam int PARTS = TILE / PART;

  for (genvar c = 0; c < TILE; c++) begin : g_lane
    exp_lane u_lane (
      .clk(clk), .allowed(scores[c * EW + EW - 1]), .score(scores[c * EW +: EW - 1]), .base(base),
      .shift(shift), .scale(scale), .last(last), .most(most), .sps(sps),
      .t_we(t_we), .t_waddr(t_waddr), .t_wdata(t_wdata), .e(e[c * 16 +: 16]));
  end

  logic [PARTS-1:0][17:0] part, part_next;
  logic [20:0]            total;

  always_comb begin
    part_next = '0;
    for (int c = 0; c < TILE; c++) part_next[c / PART] = part_next[c / PART] + 18'(e[c * 16 +: 16]);
    total = '0;
    for (int n = 0; n < PARTS; n++) total = total + 21'(part[n]);
  end

  always_ff @(posedge clk) begin
    part <= part_next;
    sum <= total;
  end
endmodule
