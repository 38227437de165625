// LayerNorm and quantizer of one block of tokens, P rows of a tile of channels a cycle.
//
//   pass 1: moments of the block's rows; then their reciprocal roots; pass 2: y into X, codes of y into H
//
//   X --> norm_row 0 .. P-1 (moments, reciprocal_root, TILE lanes) --> X       norm_issue steps, norm_codes turns codes
//                                                        codes --> norm_codes --> H
//
// Numbers at the end of names are cycles after the read of x: 1 data, 5 sums, 11 y, 15 codes, 16 first plane.
// An instruction may begin while the one before it is still in the lanes: what it must not change goes along in delays.
module norm_unit (
  input  logic                                      clk,
  input  logic                                      rst,
  input  logic                                      start_valid,
  output logic                                      start_ready,
  input  bat_pkg::norm_t                            op,
  output logic                                      done,
  output logic                                      x_ren,
  output logic [15:0]                               x_rblock,
  output logic [15:0]                               x_raddr,
  input  logic [bat_pkg::P*bat_pkg::TILE*16-1:0]    x_rdata,
  output logic [bat_pkg::P-1:0]                     x_we,
  output logic [15:0]                               x_wblock,
  output logic [15:0]                               x_waddr,
  output logic [bat_pkg::P*bat_pkg::TILE*16-1:0]    x_wdata,
  output logic [15:0]                               ng_addr,
  /* verilator lint_off UNUSEDSIGNAL */
  input  logic [64*bat_pkg::TILE-1:0]               ng_data,   // 48 of 64 bits of a channel
  /* verilator lint_on UNUSEDSIGNAL */
  output logic [15:0]                               nq_addr,
  input  logic [64*bat_pkg::TILE-1:0]               nq_data,
  output logic [bat_pkg::COLS-1:0]                  h_we,
  output logic [15:0]                               h_addr,
  output logic [bat_pkg::TILE*bat_pkg::TILE-1:0]    h_data
);
  localparam int TILE = bat_pkg::TILE, P = bat_pkg::P, G = bat_pkg::G, COLS = bat_pkg::COLS;
  localparam int GW = (G < 2) ? 1 : $clog2(G), CW = (COLS < 2) ? 1 : $clog2(COLS), TW = $clog2(TILE);
  /* verilator lint_off UNUSEDSIGNAL */
  bat_pkg::norm_t now;               // its other fields are used up in `issue`
  /* verilator lint_on UNUSEDSIGNAL */
  logic [12:0]    depth;
  logic           plain, pass_2, first_tile, last_tile, tile_end, take;
  logic [15:0]    gain_word, quantizer_word, code_word;
  logic [CW-1:0]  code_column;
  norm_issue #(.G(G), .XB(bat_pkg::XB), .COLS(COLS)) issue (
    .clk, .rst, .start_valid, .start_ready, .op, .now, .depth, .plain, .x_ren, .x_raddr, .pass_2, .first_tile,
    .last_tile, .tile_end, .take, .gain_word, .quantizer_word, .code_word, .code_column
  );
  assign x_rblock = 16'(now.block);

  // What must be 0 at the start: reads of each pass, and the ages of roots.
  logic [5:1]  pass_1_at;
  logic [15:1] pass_2_at;
  logic [21:1] root_at;
  always_ff @(posedge clk) begin
    pass_1_at <= {pass_1_at[4:1], x_ren && !pass_2};
    pass_2_at <= {pass_2_at[14:1], x_ren && pass_2};
    root_at <= {root_at[20:1], take};
    if (rst) {pass_1_at, pass_2_at, root_at} <= 0;
  end

  // Rings: the G rows of a row memory in turn.
  logic [GW-1:0] moments_at, roots_at;
  always_ff @(posedge clk) begin
    if (pass_1_at[5] || take || pass_2_at[2]) moments_at <= moments_at == GW'(G - 1) ? GW'(0) : moments_at + GW'(1);
    if (root_at[21] || pass_2_at[2]) roots_at <= roots_at == GW'(G - 1) ? GW'(0) : roots_at + GW'(1);
    if (rst) {moments_at, roots_at} <= 0;
  end

  // Channels of the moments; those left out are 0 there.
  logic [TW-1:0]        tail;
  logic                 whole_1, first_5;
  logic [TILE-1:0]      counts_1, counts_3;
  logic [P*TILE*16-1:0] x_2;
  assign tail = TW'(now.width - 13'd1);
  delay #(.N(1)) delay_whole (.clk, .d(!last_tile || !now.norm), .q(whole_1));
  delay #(.N(5)) delay_first (.clk, .d(first_tile), .q(first_5));
  delay #(.W(TILE), .N(2)) delay_counts (.clk, .d(counts_1), .q(counts_3));
  assign counts_1 = {TILE{whole_1}} | ~({TILE{1'b1}} << 1 << tail);
  for (genvar c = 0; c < TILE; c++) begin : g_counts
    for (genvar p = 0; p < P; p++) begin : g_row
      always_ff @(posedge clk) x_2[(p*TILE+c)*16 +: 16] <= counts_1[c] ? x_rdata[(p*TILE+c)*16 +: 16] : 16'd0;
    end
  end

  // Parameters of the tile's channels: gain and bias 7, multiplier and offset 11.
  logic               plain_6;
  logic [TILE*16-1:0] gain_7, mul_11;
  logic [TILE*32-1:0] bias_7;
  logic [TILE*48-1:0] offset_11;
  delay #(.W(16), .N(5)) delay_gain (.clk, .d(gain_word), .q(ng_addr));
  delay #(.W(16), .N(9)) delay_quantizer (.clk, .d(quantizer_word), .q(nq_addr));
  delay #(.N(6)) delay_plain (.clk, .d(!now.norm), .q(plain_6));
  for (genvar c = 0; c < TILE; c++) begin : g_parameters
    always_ff @(posedge clk) begin
      gain_7[c*16 +: 16] <= plain_6 ? 16'd1 : ng_data[c*64 +: 16];
      bias_7[c*32 +: 32] <= plain_6 ? 32'd0 : ng_data[c*64+16 +: 32];
      mul_11[c*16 +: 16] <= nq_data[c*64 +: 16];
      offset_11[c*48 +: 48] <= nq_data[c*64+16 +: 48];
    end
  end

  // Shifts: coarse 8, fine 9 of gain and bias; coarse 12, fine 13 of the quantizer, whose codes' width is told in 14.
  logic [4:0]  shift_8;
  logic [2:0]  fine_9;
  logic [7:0]  scale_9;
  logic [5:0]  code_shift_12;
  logic [3:0]  code_fine_13;
  logic [15:0] code_scale_13;
  logic [3:0]  bits_13, bits_15;
  logic [6:0]  code_mask_14;
  logic [7:0]  code_top_14;
  logic        one_14;
  delay #(.W(5), .N(8)) delay_shift (.clk, .d(now.norm ? now.shift : 5'd0), .q(shift_8));
  delay #(.W(6), .N(12)) delay_code_shift (.clk, .d(now.quantizer_shift), .q(code_shift_12));
  delay #(.W(4), .N(13)) delay_width (.clk, .d(now.bits), .q(bits_13));
  always_ff @(posedge clk) begin
    {fine_9, scale_9} <= {shift_8[2:0], 8'h80 >> shift_8[2:0]};
    {code_fine_13, code_scale_13} <= {code_shift_12[3:0], 16'h8000 >> code_shift_12[3:0]};
    code_mask_14 <= 7'h7f << 3'(bits_13 - 4'd1);
    code_top_14 <= 8'd1 << 3'(bits_13 - 4'd1);
    one_14 <= bits_13[0];
  end

  logic [P*TILE*8-1:0] codes_15;
  for (genvar p = 0; p < P; p++) begin : g_rows
    norm_row #(.TILE(TILE), .G(G)) row (
      .clk, .x(x_2[p*TILE*16 +: TILE*16]), .counts(counts_3), .depth, .plain, .add(pass_1_at[5]), .first(first_5),
      .moments_at, .root_load(root_at[4]), .root_store(root_at[21]), .roots_at, .gain(gain_7), .bias(bias_7),
      .coarse(shift_8[4:3]), .fine(fine_9), .scale(scale_9), .mul(mul_11), .offset(offset_11),
      .code_coarse(code_shift_12[5:4]), .code_fine(code_fine_13), .code_scale(code_scale_13), .code_mask(code_mask_14),
      .code_top(code_top_14), .one(one_14), .y(x_wdata[p*TILE*16 +: TILE*16]), .codes(codes_15[p*TILE*8 +: TILE*8])
    );
  end

  // Where results go, and the end.
  logic          write_11, quantize_11, end_11, last_11, end_15, last_15, quantize_15, done_codes;
  logic [CW-1:0] column_15;
  logic [15:0]   word_15;
  logic [11:0]   stride_15;
  delay #(.W(32), .N(11)) delay_write (.clk, .d({x_rblock, x_raddr}), .q({x_wblock, x_waddr}));
  delay #(.W(4), .N(11)) delay_flags (
    .clk, .d({now.norm, now.quantize, tile_end, last_tile && tile_end}), .q({write_11, quantize_11, end_11, last_11})
  );
  delay #(.W(3), .N(4)) delay_end (.clk, .d({quantize_11, last_11, end_11}), .q({quantize_15, last_15, end_15}));
  delay #(.W(28+CW), .N(15)) delay_place (
    .clk, .d({code_word, now.dst_plane_stride, code_column}), .q({word_15, stride_15, column_15})
  );
  delay #(.W(4), .N(2)) delay_bits (.clk, .d(bits_13), .q(bits_15));
  assign x_we = {P{pass_2_at[11] && write_11}};
  norm_codes #(.TILE(TILE), .P(P), .COLS(COLS)) turn (
    .clk, .rst, .valid(pass_2_at[15] && quantize_15), .tile_end(end_15), .last(last_15), .bits(bits_15),
    .word(word_15), .stride(stride_15), .column(COLS'(1) << column_15), .codes(codes_15), .h_we, .h_addr, .h_data,
    .done(done_codes)
  );
  assign done = done_codes || (pass_2_at[11] && last_11 && !quantize_11);
endmodule
