// Corner turn of codes: groups of P rows come in, planes of TILE x TILE bits go to H, one a cycle.
//
//   h_data[row * TILE + c] = bit `plane` of the code of (row, c),   address word + plane * stride,   plane = 0 .. bits - 1
//
// Groups wait in a shift register; with the last one (`tile_end`) the tile is copied, so that the next may come in while
// its planes leave. The first plane leaves a cycle after `tile_end`; tiles are at least `bits` cycles apart.
module norm_codes #(parameter int TILE = 16, P = 4, COLS = 8, localparam int G = TILE / P) (
  input  logic                 clk,
  input  logic                 rst,
  input  logic                 valid,
  input  logic                 tile_end,
  input  logic                 last,
  input  logic [3:0]           bits,
  input  logic [15:0]          word,
  input  logic [11:0]          stride,
  input  logic [COLS-1:0]      column,
  input  logic [P*TILE*8-1:0]  codes,
  output logic [COLS-1:0]      h_we,
  output logic [15:0]          h_addr,
  output logic [TILE*TILE-1:0] h_data,
  output logic                 done
);
  logic [TILE*TILE*8-1:0] tile, turned;
  if (G > 1) begin : g_groups
    logic [(G-1)*P*TILE*8-1:0] waiting;
    assign tile = {codes, waiting};
    always_ff @(posedge clk) if (valid) waiting <= tile[TILE*TILE*8-1:P*TILE*8];
  end else begin : g_group
    assign tile = codes;
  end

  logic            busy, last_q;
  logic [2:0]      plane;
  logic [3:0]      left;
  logic [15:0]     addr;
  logic [11:0]     stride_q;
  logic [COLS-1:0] column_q;

  always_ff @(posedge clk) begin
    if (left == 1) busy <= 0;
    plane <= plane + 3'd1;
    left <= left - 4'd1;
    addr <= addr + 16'(stride_q);
    if (valid && tile_end) begin
      turned <= tile;
      {busy, plane, left} <= {1'b1, 3'd0, bits};
      {addr, stride_q, column_q, last_q} <= {word, stride, column, last};
    end
    if (rst) busy <= 0;
  end

  assign h_we = column_q & {COLS{busy}};
  assign h_addr = addr;
  for (genvar n = 0; n < TILE * TILE; n++) begin : g_bit
    logic [7:0] code;
    assign code = turned[n*8 +: 8];
    assign h_data[n] = code[plane];
  end
  assign done = busy && last_q && left == 1;
endmodule
