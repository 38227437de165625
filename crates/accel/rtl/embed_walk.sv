// The order in which `embed` reads B and I, and steps its lanes: addresses and control, one cycle after the phase that forms them.
//
// A row of tables: N headers (N = 3, 2 or 1 tables), then groups of SLOTS = BEAT / (8 TILE) tiles, one B word of each table a group.
// Slot j of a group reads the word of table j and steps tile j of the group; a group lasts max(N, its tiles) cycles.
// A row of an image with pixels: the position's header; for each tile, for each of its channels, a weight header and `pixels` pixels,
// then DRAIN cycles for the last sum to arrive, then one slot with the position's word.
module embed_walk (
  input  logic              clk,
  input  logic              rst,
  input  logic              start_valid,
  output logic              start_ready,
  input  bat_pkg::embed_t   op,
  output logic [2:0][4:0]   shift,       // of the tables, for the headers of the cycle before
  output logic [5:0]        rescale_shift,
  output logic [15:0]       b_addr,      // 0 in cycles that read nothing
  output logic [15:0]       i_addr,
  input  logic [7:0]        i_low,       // of i_data: magnitude, or syndrome bit
  input  logic [7:0]        i_high,      // of i_data: segment
  output logic signed [8:0] amplitude,   // of the row: channel words, else 1
  output logic [2:0]        load,        // with b_addr: a word of table j
  output logic              header,      // with b_addr: it is a header
  output logic              weights,     // with b_addr: the header of a weight row
  output logic [2:0]        select,      // tile of codes in the word
  output logic              step,        // this tile is written
  output logic              step_last,   // it is the instruction's last
  output logic [1:0]        active,      // tables 1 and 2 take part
  output logic [9:0]        block,
  output logic [15:0]       x_addr,
  output logic [4:0]        member,      // row memory
  output logic              pixel,       // with i_addr: a pixel
  output logic              pixel_first,
  output logic              pixel_last,
  output logic [4:0]        lane,        // code of the pixel's weight in the tile of codes
  output logic [4:0]        channel      // of the tile
);
  localparam int SLOTS = bat_pkg::BEAT / (8 * bat_pkg::TILE);
  localparam int BYTES = bat_pkg::BEAT / 8;
  localparam int ROW_BITS = $clog2(bat_pkg::TILE);
  localparam logic [2:0] START_CYCLES = 3'd2, DRAIN_CYCLES = 3'd5;

  typedef enum logic [2:0] {IDLE, START, HEADER, TABLE, WEIGHT, PIXEL, DRAIN} phase_t;
  phase_t      phase;
  logic [2:0]  count, slot;
  logic [1:0]  final_slot;
  logic        spent, all;
  logic [5:0]  row, final_row;
  logic [13:0] token;
  logic [11:0] tile, index, final_tile;
  logic [12:0] place, final_place;       // channel of the image's row
  logic [16:0] p, final_pixel;
  logic [15:0] row0, row1, row2, weight_row, pixel_row, x_row, x_at, segment_words, x_start, pixel_start;
  logic [7:0]  low, high;
  bat_pkg::embed_t q;
  logic        opened;

  logic image_row, read_all, stepping, last_tile, closing, group_end, row_start, row_end, last_row, last_pixel, tile_full, take;
  logic [11:0] next_tile;
  logic [15:0] base, offset;
  assign shift = {q.segment_shift, q.position_shift, q.kind == 2'd2 ? q.position_shift : q.token_shift};
  assign rescale_shift = q.rescale_shift;
  assign start_ready = phase == IDLE;
  assign take = start_ready && start_valid;
  assign read_all = slot >= {1'b0, final_slot};
  assign stepping = phase == TABLE && !spent;
  assign last_tile = tile == final_tile;
  assign closing = stepping && (last_tile || image_row || 32'(tile) % SLOTS == SLOTS - 1);
  assign group_end = phase == TABLE && (spent || closing) && read_all;
  assign row_start = phase == HEADER && slot == 3'd0;
  assign row_end = group_end && (all || (stepping && last_tile));
  assign last_row = row == final_row;
  assign last_pixel = p == final_pixel;
  assign tile_full = 32'(place) % bat_pkg::TILE == bat_pkg::TILE - 1 || place == final_place;
  assign next_tile = tile + {11'd0, stepping};

  always_ff @(posedge clk)
    if (rst) phase <= IDLE;
    else
      case (phase)
        IDLE:    if (start_valid) phase <= START;
        START:   if (count == 3'd1) phase <= HEADER;
        HEADER:  if (read_all) phase <= image_row ? WEIGHT : TABLE;
        TABLE:
          if (row_end) phase <= last_row ? IDLE : HEADER;
          else if (group_end && image_row) phase <= WEIGHT;
        WEIGHT:  phase <= PIXEL;
        PIXEL:   if (last_pixel) phase <= tile_full ? DRAIN : WEIGHT;
        default: if (count == 3'd1) phase <= TABLE;
      endcase

  // Counters of the walk.
  always_ff @(posedge clk) begin
    if (take) q <= op;
    {final_tile, final_row, final_pixel, final_place} <= {q.tiles - 12'd1, q.rows - 6'd1, q.pixels - 17'd1, q.width - 13'd1};
    final_slot <= q.kind == 2'd0 ? {q.segments, !q.segments} : 2'd0;
    count <= phase == IDLE ? START_CYCLES : phase == PIXEL ? DRAIN_CYCLES : count - 3'd1;
    slot <= (phase == HEADER && !read_all) || (phase == TABLE && !group_end) ? slot + 3'd1 : 3'd0;
    spent <= !group_end && (spent || closing) && phase == TABLE;
    all <= phase == TABLE && !row_end && (all || (stepping && last_tile));
    tile <= phase == HEADER ? 12'd0 : next_tile;
    if (phase == HEADER) index <= 12'd1;
    else if (group_end) index <= 12'd1 + 12'(32'(next_tile) / SLOTS);
    p <= phase == PIXEL ? p + 17'd1 : 17'd0;
    if (phase == HEADER) place <= 13'd0;
    else if (phase == PIXEL && last_pixel) place <= place + 13'd1;
    image_row <= q.kind == 2'd2 && (phase == START ? q.block != 10'd0 : image_row || row_end);
    if (phase == START) row <= 6'd0;
    else if (row_end) row <= row + 6'd1;
    if (phase == START) token <= 14'({q.block, ROW_BITS'(0)});
    else if (row_end) token <= token + 14'd1;
  end

  // Addresses: products once an instruction (segments: once a row), sums after.
  always_ff @(posedge clk) begin
    opened <= row_start;
    {high, low} <= {i_high, i_low};
    x_start <= 16'(32'(q.block) / bat_pkg::XB) * q.x_stride;
    pixel_start <= {q.block, ROW_BITS'(0)} * q.pixels[15:0];
    segment_words <= {8'd0, high} * {4'd0, q.row_words};
    if (opened) row2 <= q.segment_base + segment_words;
    if (opened) amplitude <= q.kind != 2'd1 ? 9'sd1 : token < {1'b0, q.magnitudes} ? {1'b0, low} :
                             low[0] ? -{1'b0, q.unit} : {1'b0, q.unit};
    if (phase == START) begin
      row0 <= q.kind == 2'd0 ? q.token_base : q.position_base;
      row1 <= q.position_base;
      x_row <= x_start;
      pixel_row <= pixel_start - q.pixels[15:0];
    end else if (row_end) begin
      row0 <= row0 + {4'd0, q.row_words};
      row1 <= row1 + {4'd0, q.row_words};
      x_row <= x_row + 16'(32'(row) % bat_pkg::P == bat_pkg::P - 1);
      pixel_row <= pixel_row + q.pixels[15:0];
    end
    if (row_start) weight_row <= q.token_base;
    else if (phase == PIXEL && last_pixel) weight_row <= weight_row + {4'd0, q.weight_words};
    if (row_start) x_at <= x_row;
    else if (stepping) x_at <= x_at + 16'(bat_pkg::G);
  end

  // What leaves: reads.
  always_comb begin
    base = 16'd0;
    offset = 16'd0;
    if (phase == HEADER || phase == TABLE) base = slot == 3'd0 ? row0 : slot == 3'd1 ? row1 : row2;
    if (phase == WEIGHT || phase == PIXEL) base = weight_row;
    if (phase == TABLE) offset = {4'd0, index};
    if (phase == PIXEL) offset = 16'd1 + 16'(32'(p) / BYTES);
  end

  always_ff @(posedge clk) begin
    b_addr <= (phase == HEADER || phase == TABLE) && !(slot <= {1'b0, final_slot}) ? 16'd0 : base + offset;
    if (take) i_addr <= 16'({op.block, ROW_BITS'(0)});
    else if (row_start) i_addr <= {2'd0, token} + 16'd1;
    else if (phase == PIXEL) i_addr <= pixel_row + p[15:0];
    load[0] <= ((phase == HEADER || phase == TABLE) && slot == 3'd0) || phase == PIXEL;
    load[1] <= (phase == HEADER || phase == TABLE) && slot == 3'd1 && final_slot >= 2'd1;
    load[2] <= (phase == HEADER || phase == TABLE) && slot == 3'd2 && final_slot == 2'd2;
    header <= phase == HEADER;
    weights <= phase == WEIGHT;
    pixel_first <= p == 17'd0;
    pixel_last <= last_pixel;
    lane <= 5'(32'(p) % bat_pkg::TILE);
    channel <= 5'(32'(place) % bat_pkg::TILE);
    select <= phase == PIXEL ? 3'(32'(p) / bat_pkg::TILE % SLOTS) : 3'(32'(tile) % SLOTS);
    active <= {final_slot == 2'd2, final_slot != 2'd0};
    block <= q.block;
    x_addr <= x_at;
    member <= 5'(32'(row) % bat_pkg::P);
    step_last <= last_tile && last_row;
  end

  always_ff @(posedge clk)
    if (rst) {step, pixel} <= 2'b00;
    else {step, pixel} <= {stepping, phase == PIXEL};
endmodule
