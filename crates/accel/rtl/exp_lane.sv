// The exponent of one score.
//
//   softmax: e = allowed ? table[min((base - score) >> shift, last)] : 0,  base = row maximum
//   SPS:     e = allowed && base - score < 0 ? 1 : 0,                      base = threshold - 1
//
// With BAT_DSP the shift is a product by `scale` = 2^(SCORE_W - shift), its low SCORE_W bits dropped, and the index has no register.
//
// Four cycles from `allowed`, `score`, `base` to `e`: difference, index, table, exponent. `shift`, `scale`, `last`, `most` are
// those of a step a cycle after its score, `sps` three after. `most` is the largest difference that does not pass `last`.
module exp_lane (
  input  logic                               clk,
  input  logic                               allowed,
  input  logic signed [bat_pkg::SCORE_W-1:0] score,
  input  logic signed [bat_pkg::SCORE_W:0]   base,
  input  logic [4:0]                         shift,
  input  logic [bat_pkg::SCORE_W:0]          scale,
  input  logic [bat_pkg::T_AW-1:0]           last,
  input  logic [bat_pkg::SCORE_W-1:0]        most,
  input  logic                               sps,
  input  logic                               t_we,
  input  logic [bat_pkg::T_AW-1:0]           t_waddr,
  input  logic [15:0]                        t_wdata,
  output logic [15:0]                        e
);
  localparam int SW = bat_pkg::SCORE_W;
  localparam int AW = bat_pkg::T_AW;
`ifndef BAT_DSP
  localparam int W = SW > AW ? SW : AW;
`endif

  logic signed [SW+1:0] difference;
  logic [AW-1:0]        index;
  logic [2:0]           keep;
  logic [1:0]           reached;
  logic [15:0]          entry;
  logic                 beyond, unused;

  greater #(.W(SW)) compare (.a(difference[SW-1:0]), .b(most), .y(beyond));
  always_ff @(posedge clk) begin
    difference <= (SW + 2)'(base) - (SW + 2)'(score);
    keep <= {keep[1:0], allowed};
    reached <= {reached[0], difference[SW+1]};
    e <= !keep[2] ? 16'd0 : sps ? 16'(reached[1]) : entry;
  end

`ifdef BAT_DSP
  logic signed [SW:0]     distance;
  logic signed [SW+1:0]   factor;
  logic signed [2*SW+2:0] product;
  logic [AW-1:0]          last_q;
  logic                   beyond_q;
  assign {distance, factor} = {1'b0, difference[SW-1:0], 1'b0, scale};
  always_ff @(posedge clk) begin
    product <= distance * factor;
    {beyond_q, last_q} <= {beyond, last};
  end
  assign index = beyond_q ? last_q : AW'(product >> SW);
  assign unused = &{1'b0, difference[SW], shift, product};
`else
  logic [W-1:0] shifted;
  assign shifted = W'(difference[SW-1:0]) >> shift;
  always_ff @(posedge clk) index <= beyond ? last : shifted[AW-1:0];
  assign unused = &{1'b0, difference[SW], shifted, scale};
`endif

  exp_table u_table (.clk(clk), .we(t_we), .waddr(t_waddr), .wdata(t_wdata), .index(index), .rdata(entry));
endmodule
