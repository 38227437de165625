// `exp`: exponents of scores into E, their row sums into SU, PA rows of a key tile a cycle.
//
//   walk -> S, M -> rows of the group -> PA exp_row: difference, index, table, exponent -> E
//                                                    sums of four, row sum -> sums of the block, PA rows a group -> SU
//
// A step's address is given in cycle 0; 1 data, 2 the group's rows, 3 difference, 4 index, 5 table, 6 exponent (E is
// written), 7 sums of four, 8 row sum, 9 sums of the block (SU is written after its last step; `done`).
module exp_unit (
  input  logic                                          clk,
  input  logic                                          rst,
  input  logic                                          start_valid,
  output logic                                          start_ready,
  input  bat_pkg::exp_t                                 op,
  output logic                                          done,
  output logic [15:0]                                   s_addr,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] s_data,
  output logic [15:0]                                   m_addr,
  input  logic [bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] m_data,
  input  logic                                          t_we,
  input  logic [15:0]                                   t_waddr,
  input  logic [15:0]                                   t_wdata,
  output logic                                          e_we,
  output logic [15:0]                                   e_waddr,
  output logic [bat_pkg::PA*bat_pkg::TILE*16-1:0]       e_wdata,
  output logic                                          su_we,
  output logic [15:0]                                   su_waddr,
  output logic [bat_pkg::TILE*32-1:0]                   su_wdata
);
  localparam int TILE = bat_pkg::TILE;
  localparam int PA = bat_pkg::PA;
  localparam int GA = bat_pkg::GA;
  localparam int SW = bat_pkg::SCORE_W;
  localparam int EW = SW + 1;
  localparam int AW = bat_pkg::T_AW;
  localparam int SUM = 28;                // 4096 exponents of 16 bits

  // Steps and addresses.
  bat_pkg::exp_t now;
  logic          take, valid, first_tile, tile_end, block_end, finish, unused_first, unused_group_end;
  logic [4:0]    group;
  logic [3:0]    unused_plane;
  logic [15:0]   e_addr, su_addr;

  attention_walk u_walk (
    .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready),
    .blocks(op.blocks), .tiles(op.tiles), .bits(4'd1), .take(take), .valid(valid), .group(group), .plane(unused_plane),
    .first_plane(unused_first), .first_tile(first_tile), .group_end(unused_group_end), .tile_end(tile_end),
    .block_end(block_end), .finish(finish));

  always_ff @(posedge clk) begin
    e_addr <= e_addr + 16'd1;
    s_addr <= s_addr + 16'(tile_end);
    m_addr <= m_addr + 16'(block_end);
    su_addr <= su_addr + 16'(block_end);
    if (take) begin
      now <= op;
      {e_addr, s_addr, m_addr, su_addr} <= {op.e_base, op.s_base, 16'(op.m_base), 16'(op.sum_base)};
    end
  end

  // What belongs to a step, on its way with it.
  logic [5:0]  live;
  logic [8:0]  closing, closing_last;
  logic [4:0]  group_1, group_8;
  logic        sps_1, sps_5, first_tile_1, first_tile_8;
  logic [4:0]  shift_1, shift_2, shift_3;
  logic [SW:0] scale_3;
  logic [12:0] entries_1;
  logic [AW-1:0] last_3;

  always_ff @(posedge clk) begin
    live <= rst ? '0 : {live[4:0], valid};
    closing <= rst ? '0 : {closing[7:0], block_end};
    closing_last <= rst ? '0 : {closing_last[7:0], finish};
    {group_1, first_tile_1, sps_1} <= {group, first_tile, now.sps};
    {shift_1, entries_1} <= {now.shift, 13'(now.last) + 13'd1};
    {shift_3, shift_2} <= {shift_2, shift_1};
    scale_3 <= {1'b1, {SW{1'b0}}} >> shift_2;
  end
  delay #(.W(6), .N(7)) u_group (.clk(clk), .d({group_1, first_tile_1}), .q({group_8, first_tile_8}));
  delay #(.W(1), .N(4)) u_sps (.clk(clk), .d(sps_1), .q(sps_5));
  delay #(.W(AW), .N(3)) u_last (.clk(clk), .d(now.last[AW-1:0]), .q(last_3));
  delay #(.W(16), .N(6)) u_e_addr (.clk(clk), .d(e_addr), .q(e_waddr));
  delay #(.W(16), .N(9)) u_su_addr (.clk(clk), .d(su_addr), .q(su_waddr));

  // The largest difference that does not pass the table, and `threshold - 1`; both saturate to what scores can reach.
  logic [43:0]        beyond_2;
  logic [SW-1:0]      most_3;
  logic signed [33:0] threshold;
  logic signed [SW:0] floor_1;

  assign threshold = 34'($signed(now.threshold));
  always_ff @(posedge clk) begin
    beyond_2 <= 44'(entries_1) << shift_1;
    most_3 <= (beyond_2[43:SW] != 0) ? '1 : beyond_2[SW-1:0] - SW'(1);
    if (threshold > 34'sd1 <<< (SW - 1)) floor_1 <= {2'b00, {(SW - 1){1'b1}}};
    else if (threshold < -(34'sd1 <<< (SW - 1))) floor_1 <= {2'b10, {(SW - 1){1'b1}}};
    else floor_1 <= threshold[SW:0] - (SW + 1)'(1);
  end

  // The table's writes, a cycle late: `exp` is not yet started then.
  logic          t_we_1;
  logic [AW-1:0] t_waddr_1;
  logic [15:0]   t_wdata_1;
  always_ff @(posedge clk) {t_we_1, t_waddr_1, t_wdata_1} <= {t_we, t_waddr[AW-1:0], t_wdata};

  // Rows.
  logic [GA-1:0][PA-1:0][TILE*EW-1:0] s_rows;
  logic [GA-1:0][PA-1:0][EW-1:0]      m_rows;
  logic [PA-1:0][TILE*EW-1:0]         scores_2;
  logic [PA-1:0][EW-1:0]              base_2;
  logic [PA-1:0][20:0]                sum_8;
  logic [GA-1:0][PA-1:0][SUM-1:0]     sums;
  localparam int GW = (GA < 2) ? 1 : $clog2(GA);

  assign {s_rows, m_rows} = {s_data, m_data};
  for (genvar r = 0; r < PA; r++) begin : g_row
    logic [EW-1:0] top;
    assign top = m_rows[group_1[GW-1:0]][r];
    always_ff @(posedge clk) begin
      scores_2[r] <= s_rows[group_1[GW-1:0]][r];
      base_2[r] <= sps_1 ? floor_1 : {top[SW-1], top[SW-1:0]};
      for (int g = 0; g < GA; g++)
        if (group_8 == 5'(g)) sums[g][r] <= (first_tile_8 ? SUM'(0) : sums[g][r]) + SUM'(sum_8[r]);
    end
    exp_row u_row (
      .clk(clk), .scores(scores_2[r]), .base(base_2[r]), .shift(shift_3), .scale(scale_3), .last(last_3), .most(most_3), .sps(sps_5),
      .t_we(t_we_1), .t_waddr(t_waddr_1), .t_wdata(t_wdata_1), .e(e_wdata[r * TILE * 16 +: TILE * 16]), .sum(sum_8[r]));
    logic unused_any;
    assign unused_any = top[SW];
  end
  for (genvar t = 0; t < TILE; t++) begin : g_sum
    assign su_wdata[t * 32 +: 32] = 32'(sums[t / PA][t % PA]);
  end

  assign e_we = live[5];
  assign su_we = closing[8];
  assign done = closing_last[8];

  logic unused;
  assign unused = &{1'b0, now, t_waddr, group_1, unused_first, unused_group_end, unused_plane};
endmodule
