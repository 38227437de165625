// The instruction sequencer: boots (lets `load` fill IMEM), dispatches in order into the units' queues, counts what is done.
//
//   start -> BOOT -> LOADING -> ADDRESS <-> READ -> ... -> DRAIN -> finished
//
// ADDRESS gives IMEM the address of the next instruction and pushes the one in hand, if its unit's queue has room; READ
// takes the word: an instruction each two cycles. With `start` in cycle 0 the boot's load is accepted in cycle 1; if it is
// done in cycle D, instruction 0 is pushed in cycle D + 3. An instruction done in cycle d shows in `counts` from d + 1 on.
// `cycles` ends at d + 1, d the cycle of the last `done`: cycles from start to end, both included.
module sequencer (
  input  logic                                          clk,
  input  logic                                          rst,
  input  logic                                          start,
  input  logic [31:0]                                   program_beat,
  input  logic [16:0]                                   count,
  output logic                                          booting,     // a `done` of `load` is the boot's
  output logic                                          boot_valid,
  output bat_pkg::load_t                                boot_op,
  output logic [16:0]                                   pc,
  input  logic [bat_pkg::INSTR_BITS-1:0]                instruction, // of `pc`, a cycle later
  output logic [bat_pkg::UNITS-1:0]                     push,
  output logic [bat_pkg::INSTR_BITS-1:0]                held,
  input  logic [bat_pkg::UNITS-1:0]                     full,
  input  logic [bat_pkg::UNITS-1:0]                     done,        // of instructions
  input  logic                                          boot_done,
  output logic [bat_pkg::UNITS*bat_pkg::WAIT_BITS-1:0]  counts,
  output logic                                          busy,
  output logic                                          finished,
  output logic [63:0]                                   cycles
);
  localparam int UNITS = bat_pkg::UNITS;
  localparam int CW = bat_pkg::WAIT_BITS;
  localparam logic [2:0] IDLE = 0, BOOT = 1, LOADING = 2, ADDRESS = 3, READ = 4, DRAIN = 5;

  logic [2:0]        state;
  logic              holding, pushing, blocked;
  logic [16:0]       pending;   // pushed, and not done before the last cycle
  logic [UNITS-1:0]  done_1;

  assign booting = (state == BOOT) || (state == LOADING);
  assign blocked = full[held[2:0]];
  assign pushing = (state == ADDRESS) && holding && !blocked;
  assign push = pushing ? (UNITS'(1) << held[2:0]) : '0;
  assign busy = state != IDLE;
  assign boot_valid = state == BOOT;

  always_comb begin
    boot_op = '0;
    boot_op.dest = 4'(bat_pkg::DEST_IMEM);
    boot_op.source = program_beat;
    // Instructions of 512 bits, in whole beats.
    if (bat_pkg::BEAT > bat_pkg::INSTR_BITS) boot_op.beats = (20'(count) + 20'd1) >> 1;
    else boot_op.beats = 20'(count) * 20'(bat_pkg::INSTR_BITS / bat_pkg::BEAT);
  end

  for (genvar u = 0; u < UNITS; u++) begin : g_count
    always_ff @(posedge clk) begin
      if (rst || (start && !busy)) counts[u * CW +: CW] <= '0;
      else if (done[u]) counts[u * CW +: CW] <= counts[u * CW +: CW] + CW'(1);
    end
  end

  always_ff @(posedge clk) begin
    done_1 <= done;
    pending <= pending + 17'(pushing) - 17'($countones(done_1));
    if (busy) cycles <= cycles + 64'd1;
    case (state)
      IDLE: if (start) begin
        state <= (count == 0) ? DRAIN : BOOT;
        finished <= 1'b0;
        cycles <= '0;
        pc <= '0;
        holding <= 1'b0;
        pending <= '0;
      end
      BOOT: state <= LOADING;
      LOADING: if (boot_done) state <= ADDRESS;
      ADDRESS: if (!(holding && blocked)) state <= (pc == count) ? DRAIN : READ;
      READ: begin
        held <= instruction;
        holding <= 1'b1;
        pc <= pc + 17'd1;
        state <= ADDRESS;
      end
      default: if (pending == 17'($countones(done_1))) begin
        state <= IDLE;
        finished <= 1'b1;
      end
    endcase
    if (rst) begin
      state <= IDLE;
      finished <= 1'b0;
      cycles <= '0;
      pending <= '0;
      done_1 <= '0;
    end
  end
endmodule
