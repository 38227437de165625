// Steps of `sel_unit`: for each block, for each key tile, for each group of rows, for each plane from the highest, one a cycle.
//
//   op -> counters -> addresses; and before a block the fetch of its row sums
//
// A block's sums are fetched in the first cycle after acceptance, those of the next block 3 cycles after a block's first step; a block may begin
// 3 cycles after its fetch. Hence the first step 4 cycles after acceptance, and at least 6 cycles from block to block.
module sel_steps (
  input  logic                     clk,
  input  logic                     rst,
  input  logic                     start_valid,
  output logic                     start_ready,
  input  bat_pkg::sel_t            op,
  output logic                     valid,
  output logic                     ends,
  output logic                     opens,
  output logic                     first,
  output logic [2:0]               plane,
  output logic [4:0]               group,
  output logic                     sps,
  output logic [15:0]              a_addr,
  output logic [bat_pkg::COLS-1:0] column,
  output logic [15:0]              e_addr,
  output logic                     fetch,
  output logic [15:0]              su_addr,
  output logic [7:0]               tau_mul,
  output logic [4:0]               tau_shift
);
  localparam int COLS = bat_pkg::COLS;
  localparam logic [3:0] LEAD = 4'd3;
  localparam logic [3:0] PERIOD = 4'd6;

  bat_pkg::sel_t held;
  logic          busy;
  logic [3:0]    wait_for;   // cycles until the block's first step
  logic [3:0]    age;        // cycles since the block's first step, at most PERIOD
  logic [9:0]    block, fetched;
  logic [11:0]   tile;
  logic [15:0]   word, block_word;       // A word of the tile, plane 0
  logic          closes, fresh, last_group, turns;

  assign valid = busy && wait_for == 0;
  assign first = plane == 3'(held.bits - 1'b1);
  assign opens = tile == 0 && group == 0 && first;
  assign last_group = group == 5'(bat_pkg::GA - 1);
  assign turns = column[COLS-1];
  assign closes = plane == 0 && last_group && tile == held.tiles - 1'b1;
  assign ends = closes && block == held.blocks - 1'b1;
  assign start_ready = !busy || (valid && ends);
  assign sps = held.sps;
  assign a_addr = word + 16'(plane) * 16'(held.a_plane_stride);
  assign {tau_mul, tau_shift} = {held.tau_mul, held.tau_shift};
  assign fetch = fresh || (busy && age == 4'd3 && fetched != held.blocks);
  assign su_addr = 16'(held.sum_base) + 16'(fetched);

  always_ff @(posedge clk) begin
    if (rst) busy <= 1'b0;
    else if (start_ready) busy <= start_valid;
    fresh <= start_ready && start_valid && !rst;
    if (start_ready) begin
      held <= op;
      {block, fetched, tile, group} <= '0;
      plane <= 3'(op.bits - 1'b1);
      {word, block_word} <= {op.a_base, op.a_base};
      column <= COLS'(1);
      e_addr <= op.e_base;
      wait_for <= LEAD;
      age <= PERIOD;
    end else begin
      if (wait_for != 0) wait_for <= wait_for - 1'b1;
      if (valid && opens) age <= 4'd1;
      else if (age != PERIOD) age <= age + 1'b1;
      if (fetch) fetched <= fetched + 1'b1;
      if (valid) plane <= plane == 0 ? 3'(held.bits - 1'b1) : plane - 1'b1;
      if (valid && plane == 0) begin
        e_addr <= e_addr + 1'b1;
        group <= last_group ? '0 : group + 1'b1;
      end
      if (valid && plane == 0 && last_group && !closes) begin
        tile <= tile + 1'b1;
        column <= turns ? COLS'(1) : column << 1;
        if (turns) word <= word + 1'b1;
      end
      if (valid && closes) begin
        block <= block + 1'b1;
        tile <= '0;
        column <= COLS'(1);
        word <= block_word + 16'(held.a_block_stride);
        block_word <= block_word + 16'(held.a_block_stride);
        // The block's first step has age 0.
        wait_for <= opens ? PERIOD - 1'b1 : age == PERIOD ? '0 : PERIOD - 1'b1 - age;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, held};
endmodule
