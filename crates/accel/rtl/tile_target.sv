// Where a finished tile goes: three cycles, a multiplier in the second. block = block0 + m, column = dst_col + n.
//   code = dst_base + (transpose ? column : m) * dst_block_stride + (transpose ? block : column) / COLS,   bank = .. % COLS
//   x    = (block / XB) * x_stride + column * G     score = dst_base + m * dst_block_stride + n
//   mask = mask_base + block * mask_stride + n      (a tile of BEAT / TILE^2 in an MK word)
module tile_target (
  input  logic          clk,
  input  bat_pkg::qmm_t op,
  input  logic [9:0]    m,
  input  logic [11:0]   n,
  output bat_pkg::qmm_t op_3,
  output logic [9:0]    block,
  output logic [9:0]    m_3,
  output logic [11:0]   tile,
  output logic [15:0]   code,
  output logic [12:0]   code_column,
  output logic [15:0]   score,
  output logic [15:0]   x,
  output logic [15:0]   mask
);
  localparam int COLS_LOG = $clog2(bat_pkg::COLS);
  localparam int XB_LOG = $clog2(bat_pkg::XB);
  localparam int G_LOG = $clog2(bat_pkg::G);
  bat_pkg::qmm_t op_1, op_2;
  logic [9:0] m_1, m_2, block_1, block_2;
  logic [11:0] n_1, n_2;
  logic [12:0] column_1, along_1, along_2;
  logic [15:0] row_1, row_2, x_2, mask_2;
  assign row_1 = op_1.transpose ? 16'(column_1) : 16'(m_1);
  assign along_1 = op_1.transpose ? 13'(block_1) : column_1;
  always_ff @(posedge clk) begin
    {op_1, m_1, n_1} <= {op, m, n};
    block_1 <= op.block0 + m;
    column_1 <= op.dst_col + 13'(n);

    {op_2, m_2, n_2, block_2, along_2} <= {op_1, m_1, n_1, block_1, along_1};
    row_2 <= row_1 * op_1.dst_block_stride;
    x_2 <= 16'(block_1 >> XB_LOG) * op_1.x_stride;
    mask_2 <= 16'(block_1) * 16'(op_1.mask_stride);

    {op_3, m_3, tile, block, code_column} <= {op_2, m_2, n_2, block_2, along_2};
    code <= op_2.dst_base + row_2 + 16'(along_2 >> COLS_LOG);
    score <= op_2.dst_base + row_2 + 16'(n_2);
    x <= x_2 + (16'(along_2) << G_LOG);
    mask <= op_2.mask_base + mask_2 + 16'(n_2);
  end
endmodule
