// `sel`: attention codes of exponents into A, a plane of PA rows of a key tile a cycle, the highest plane first.
//
//   walk -> SU -> rows of the group -> PA sel_row -> addend -+-> PA * TILE sel_lane -> A
//                                                 E ---------+
//
// A step's SU address is given in cycle 0; 1 data, 2 the group's sums, 3 and 4 product, 5 scaled, 6 u (E's address),
// 7 shifted for the plane (E's data), 8 addend, 9 the code bit: A is written; after the last step `done`.
module sel_unit (
  input  logic                                    clk,
  input  logic                                    rst,
  input  logic                                    start_valid,
  output logic                                    start_ready,
  input  bat_pkg::sel_t                           op,
  output logic                                    done,
  output logic [15:0]                             e_addr,
  input  logic [bat_pkg::PA*bat_pkg::TILE*16-1:0] e_data,
  output logic [15:0]                             su_addr,
  input  logic [bat_pkg::TILE*32-1:0]             su_data,
  output logic [bat_pkg::COLS-1:0]                a_we,
  output logic [4:0]                              a_group,
  output logic [15:0]                             a_addr,
  output logic [bat_pkg::PA*bat_pkg::TILE-1:0]    a_data
);
  localparam int TILE = bat_pkg::TILE;
  localparam int PA = bat_pkg::PA;
  localparam int GA = bat_pkg::GA;
  localparam int GW = (GA < 2) ? 1 : $clog2(GA);
  localparam int COLS = bat_pkg::COLS;
  localparam int CW = (COLS < 2) ? 1 : $clog2(COLS);

  // Steps and addresses. A's word: block, and columns before this tile; the plane is added on the way.
  bat_pkg::sel_t now;
  logic          take, valid, first_plane, group_end, tile_end, block_end, finish, unused_first_tile;
  logic [4:0]    group;
  logic [3:0]    plane;
  logic [15:0]   e_word, block_word, tile_word;
  logic [CW-1:0] column;

  attention_walk u_walk (
    .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready),
    .blocks(op.blocks), .tiles(op.tiles), .bits(op.bits), .take(take), .valid(valid), .group(group), .plane(plane),
    .first_plane(first_plane), .first_tile(unused_first_tile), .group_end(group_end), .tile_end(tile_end),
    .block_end(block_end), .finish(finish));

  always_ff @(posedge clk) begin
    e_word <= e_word + 16'(group_end);
    su_addr <= su_addr + 16'(block_end);
    if (tile_end) begin
      column <= column == CW'(COLS - 1) ? CW'(0) : column + CW'(1);
      tile_word <= tile_word + 16'(column == CW'(COLS - 1));
    end
    if (block_end) begin
      block_word <= block_word + 16'(now.a_block_stride);
      {tile_word, column} <= {block_word + 16'(now.a_block_stride), CW'(0)};
    end
    if (take) begin
      now <= op;
      {e_word, su_addr} <= {op.e_base, 16'(op.sum_base)};
      {block_word, tile_word, column} <= {op.a_base, op.a_base, CW'(0)};
    end
  end

  // What belongs to a step, on its way with it.
  logic [8:0]    live, closing;
  logic [4:0]    group_1;
  logic [7:0]    tau_mul_2;
  logic [4:0]    tau_shift_4;
  logic          sps_5, first_7, first_8;
  logic [2:0]    plane_6;
  logic [15:0]   plane_word_1, tile_word_1, a_word_2;
  logic [CW-1:0] column_1, column_9;

  always_ff @(posedge clk) begin
    live <= rst ? '0 : {live[7:0], valid};
    closing <= rst ? '0 : {closing[7:0], finish};
    plane_word_1 <= 16'(plane) * 16'(now.a_plane_stride);
    {group_1, column_1, tile_word_1} <= {group, column, tile_word};
    a_word_2 <= tile_word_1 + plane_word_1;
    first_8 <= first_7;
  end
  delay #(.W(8), .N(2)) u_tau_mul (.clk(clk), .d(now.tau_mul), .q(tau_mul_2));
  delay #(.W(5), .N(4)) u_tau_shift (.clk(clk), .d(now.tau_shift), .q(tau_shift_4));
  delay #(.W(1), .N(5)) u_sps (.clk(clk), .d(now.sps), .q(sps_5));
  delay #(.W(3), .N(6)) u_plane (.clk(clk), .d(plane[2:0]), .q(plane_6));
  delay #(.W(16), .N(6)) u_e_addr (.clk(clk), .d(e_word), .q(e_addr));
  delay #(.W(1), .N(7)) u_first (.clk(clk), .d(first_plane), .q(first_7));
  delay #(.W(16), .N(7)) u_a_addr (.clk(clk), .d(a_word_2), .q(a_addr));
  delay #(.W(5 + CW), .N(8)) u_place (.clk(clk), .d({group_1, column_1}), .q({a_group, column_9}));

  // Rows and lanes.
  logic [GA-1:0][PA-1:0][31:0] su_rows;
  logic [PA-1:0][31:0]         sum_2;
  assign su_rows = su_data;
  always_ff @(posedge clk) sum_2 <= su_rows[group_1[GW-1:0]];

  for (genvar r = 0; r < PA; r++) begin : g_row
    logic [55:0] addend;
    sel_row u_row (
      .clk(clk), .sum(sum_2[r]), .tau_mul(tau_mul_2), .tau_shift(tau_shift_4), .sps(sps_5), .plane(plane_6),
      .first(first_7), .addend(addend));
    for (genvar c = 0; c < TILE; c++) begin : g_lane
      sel_lane u_lane (
        .clk(clk), .load(first_7), .first(first_8), .e(e_data[(r * TILE + c) * 16 +: 16]), .addend(addend),
        .code_bit(a_data[r * TILE + c]));
    end
  end
  for (genvar c = 0; c < COLS; c++) begin : g_column
    assign a_we[c] = live[8] && column_9 == CW'(c);
  end
  assign done = closing[8];

  logic unused;
  assign unused = &{1'b0, now, group_1, unused_first_tile};
endmodule
