// The instructions of one unit: a FIFO of QUEUE, the candidate whose waits are compared, and the head that the unit sees.
//
//   push -> FIFO -> candidate --all counts >= waits--> head -> unit
//
// An instruction pushed in cycle p is candidate from p + 2 on; it becomes head in the cycle after all counts show what it
// waits for and the head before it is gone. Candidate and head move in the same cycle: a ready unit sees no bubble. `start_ready` and the
// waits come late in a cycle: what is not valid is loaded all the same, and counters choose between sums made before.
module unit_queue #(parameter int W = 8) (
  input  logic                                          clk,
  input  logic                                          rst,
  input  logic                                          push,
  input  logic [bat_pkg::FIELDS_AT+W-1:0]               instruction,
  output logic                                          full,
  input  logic [bat_pkg::UNITS*bat_pkg::WAIT_BITS-1:0]  counts,
  output logic                                          start_valid,
  input  logic                                          start_ready,
  output logic [W-1:0]                                  fields
);
  localparam int DEPTH = bat_pkg::QUEUE;
  localparam int AW = $clog2(DEPTH);
  localparam int CW = bat_pkg::WAIT_BITS;
  localparam int WAITS = bat_pkg::UNITS * CW;
  localparam int BITS = WAITS + W;

  logic [BITS-1:0] fifo [DEPTH];
  logic [AW-1:0]   put, get;
  logic [AW:0]     level;
  logic [BITS-1:0] candidate;
  logic            candidate_valid, take, move, free;
  logic [bat_pkg::UNITS-1:0] reached;

  for (genvar u = 0; u < bat_pkg::UNITS; u++) begin : g_wait
    assign reached[u] = counts[u * CW +: CW] >= candidate[u * CW +: CW];
  end

  assign free = !start_valid || start_ready;
  assign move = candidate_valid && (&reached) && free;
  assign take = (level != 0) && (!candidate_valid || move);

  always_ff @(posedge clk) begin
    if (push) fifo[put] <= instruction[bat_pkg::WAITS_AT +: BITS];
    if (!candidate_valid || move) candidate <= fifo[get];
    if (free) fields <= candidate[WAITS +: W];
    put <= put + AW'(push);
    if (take) get <= get + AW'(1);
    if (push != take) level <= push ? level + (AW + 1)'(1) : level - (AW + 1)'(1);
    full <= !take && (full || (push && level == (AW + 1)'(DEPTH - 1)));
    candidate_valid <= take || (candidate_valid && !move);
    start_valid <= move || (start_valid && !start_ready);
    if (rst) begin
      put <= '0;
      get <= '0;
      level <= '0;
      full <= 1'b0;
      candidate_valid <= 1'b0;
      start_valid <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk) assert (rst || !(push && full)) else $error("push into a full queue");
`endif

  logic unused;
  assign unused = &{1'b0, instruction[bat_pkg::WAITS_AT-1:0]};
endmodule
