// Codes of a tile to G or KV, one plane of TILE x TILE bits a cycle. Codes of mode 1 are gathered P rows at a time; the last group and `load`
// come together and move the tile to the register that planes are taken from, while the next tile is gathered. Mode 0: `bits` is the plane.
// A code is left aligned: its planes are bits 8 - planes .. 7.
// Plane p is written two cycles after load + p; `done` comes with the last plane of the instruction's last tile (or in its place).
module code_writer (
  input  logic                                  clk,
  input  logic                                  rst,
  input  logic                                  group_valid,
  input  logic [5:0]                            group,
  input  logic [bat_pkg::P*bat_pkg::TILE*8-1:0] codes,
  input  logic [bat_pkg::TILE*bat_pkg::TILE-1:0] bits,
  input  logic                                  load,
  input  logic [1:0]                            mode,
  input  logic [3:0]                            planes,      // mode 1
  input  logic                                  transpose,
  input  logic                                  dst,
  input  logic                                  final_tile,
  input  logic [15:0]                           address,
  input  logic [11:0]                           plane_stride,
  input  logic [12:0]                           column,
  output logic [bat_pkg::COLS-1:0]              code_we,
  output logic                                  code_dst,
  output logic [15:0]                           code_addr,
  output logic [bat_pkg::TILE*bat_pkg::TILE-1:0] code_data,
  output logic                                  done
);
  localparam int TILE = bat_pkg::TILE;
  localparam int COLS = bat_pkg::COLS;
  localparam int G = bat_pkg::G;
  localparam int ROWS = bat_pkg::P * TILE * 8;
  logic [TILE*TILE*8-1:0] gathered, tile;
  if (G == 1) begin : g_whole
    assign gathered = codes;
  end else begin : g_groups
    logic [(G-1)*ROWS-1:0] rows;
    for (genvar i = 0; i < G - 1; i++) begin : g_group
      always_ff @(posedge clk) if (group_valid && group == 6'(i)) rows[i*ROWS +: ROWS] <= codes;
    end
    assign gathered = {codes, rows};
  end

  logic active, writes, turned, to, ends, last_plane;
  logic [2:0] plane;
  logic [15:0] at;
  logic [11:0] stride;
  logic [COLS-1:0] bank;
  logic [TILE*TILE-1:0] straight, turn;
  assign last_plane = plane == 3'd7;
  for (genvar i = 0; i < TILE; i++) begin : g_row
    for (genvar j = 0; j < TILE; j++) begin : g_channel
      logic [7:0] code;
      assign code = tile[(i*TILE + j)*8 +: 8];
      assign straight[i*TILE + j] = code[plane];
      assign turn[j*TILE + i] = straight[i*TILE + j];
    end
  end
  always_ff @(posedge clk) begin
    if (rst) active <= 1'b0;
    else active <= load || (active && !last_plane);
    if (load) begin
      writes <= !mode[1];
      {turned, to, ends, at, stride} <= {transpose, dst, final_tile, address, plane_stride};
      for (int c = 0; c < COLS; c++) bank[c] <= 13'(c) == (column & 13'(COLS - 1));
      plane <= mode == 2'd1 ? 3'(-planes) : 3'd7;
    end else begin
      plane <= plane + 3'd1;
      at <= at + 16'(stride);
    end
    if (load) begin
      tile <= gathered;
      if (mode == 2'd0) begin
        for (int e = 0; e < TILE * TILE; e++) tile[8*e + 7] <= bits[e];
      end
    end
    code_we <= active && writes && !rst ? bank : '0;
    code_dst <= to;
    code_addr <= at;
    code_data <= turned ? turn : straight;
    done <= active && last_plane && ends && !rst;
  end
  // verilator lint_off UNUSEDSIGNAL
  logic unused;  // a single group needs no number
  assign unused = &{1'b0, group_valid, group};
  // verilator lint_on UNUSEDSIGNAL
endmodule
