// Steps of `exp_unit`: for each block, for each key tile, for each group of rows, one a cycle.
//
//   op -> counters of group, tile, block -> addresses
//
// S words and E words follow each other, so their addresses only count. The first step is in the cycle after acceptance;
// start_ready is high while idle and in the cycle of the last step.
module attention_steps #(parameter int GROUPS = 1) (
  input  logic          clk,
  input  logic          rst,
  input  logic          start_valid,
  output logic          start_ready,
  input  bat_pkg::exp_t op,
  output logic          valid,
  output logic          ends,
  output logic          first,
  output logic          last,
  output logic          closes,
  output logic [4:0]    group,
  output logic [15:0]   s_addr,
  output logic [15:0]   m_addr,
  output logic [15:0]   e_addr,
  output logic [15:0]   su_addr,
  output logic [4:0]    shift,
  output logic [11:0]   top,
  output logic          sps,
  output logic [31:0]   threshold
);
  bat_pkg::exp_t held;
  logic [9:0]    block;
  logic [11:0]   tile;

  assign first = tile == 0;
  assign last = tile == held.tiles - 1'b1;
  assign closes = last && group == 5'(GROUPS - 1);
  assign ends = closes && block == held.blocks - 1'b1;
  assign start_ready = !valid || ends;
  assign {shift, top, sps, threshold} = {held.shift, held.last, held.sps, held.threshold};
  assign m_addr = 16'(held.m_base) + 16'(block);
  assign su_addr = 16'(held.sum_base) + 16'(block);

  always_ff @(posedge clk) begin
    if (rst) valid <= 1'b0;
    else if (start_ready) valid <= start_valid;
    if (start_ready) begin
      held <= op;
      {block, tile, group} <= '0;
      s_addr <= op.s_base;
      e_addr <= op.e_base;
    end else begin
      e_addr <= e_addr + 1'b1;
      group <= group + 1'b1;
      if (group == 5'(GROUPS - 1)) begin
        group <= '0;
        s_addr <= s_addr + 1'b1;
        tile <= last ? '0 : tile + 1'b1;
        if (last) block <= block + 1'b1;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, held};
endmodule
