// The exponent of one score.
//
//   score, maximum -> difference -> shift, clamp -> T -> exponent
//
// Four cycles: difference (and comparison), entry, table, exponent; the entry's controls are needed in the second, `sps` in the fourth.
module exp_lane (
  input  logic                        clk,
  input  logic [bat_pkg::SCORE_W:0]   score,     // {allowed, score}
  input  logic [bat_pkg::SCORE_W-1:0] maximum,
  input  logic [31:0]                 threshold,
  input  logic [4:0]                  shift,
  input  logic [11:0]                 top,
  input  logic                        sps,
  input  logic                        t_we,
  input  logic [15:0]                 t_waddr,
  input  logic [15:0]                 t_wdata,
  output logic [15:0]                 exponent
);
  localparam int W = bat_pkg::SCORE_W;
  localparam int AW = bat_pkg::T_AW;

  // An allowed score is at most the maximum: the difference is not negative and fits W bits. Others do not matter.
  logic [W-1:0]  difference;
  logic [2:0]    allowed, reached;
  logic [AW-1:0] entry;
  logic [15:0]   data;
  logic [W-1:0]  steps;

  assign steps = difference >> shift;

  always_ff @(posedge clk) begin
    difference <= maximum - score[W-1:0];
    allowed <= {allowed[1:0], score[W]};
    reached <= {reached[1:0], score[W] && $signed({{(33-W){score[W-1]}}, score[W-1:0]}) >= $signed({threshold[31], threshold})};
    entry <= 33'(steps) > 33'(top) ? AW'(top) : AW'(steps);
    exponent <= sps ? 16'(reached[2]) : allowed[2] ? data : '0;
  end

  ram #(.W(16), .D(bat_pkg::T_DEPTH)) u_table (
    .clk(clk), .we(t_we), .waddr(t_waddr[AW-1:0]), .wdata(t_wdata), .raddr(entry), .rdata(data));

  logic unused;
  assign unused = &{1'b0, t_waddr};
endmodule
