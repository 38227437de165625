// Beats into words and words into memories.
//
//   R -> beat -> shift register (lowest beat first) -> word, enable, address -> memories
//             +-> 16 bits a cycle (T, PT)
//
// A beat accepted in cycle a is written in a + 2 if it completes a word: W TILE * K / BEAT beats, DP NG NQ 64 * TILE / BEAT,
// IMEM max(1, 512 / BEAT), B and MK one. For T and PT a beat is BEAT / 16 entries, written in a + 2 to a + 1 + BEAT / 16; the
// next beat waits until a + BEAT / 16. `done` is high with the instruction's last write.
module load_writer (
  input  logic                                clk,
  input  logic                                rst,
  input  logic                                clear,   // of `error`
  input  logic [21:0]                         record,
  output logic                                pop,
  input  logic                                r_valid,
  input  logic [bat_pkg::BEAT-1:0]            r_data,
  input  logic                                r_last,
  input  logic [1:0]                          r_resp,
  output logic                                r_ready,
  output logic [8:0]                          we,      // by the code of the destination
  output logic [15:0]                         waddr,
  output logic [bat_pkg::TILE*bat_pkg::K-1:0] w_wdata,
  output logic [64*bat_pkg::TILE-1:0]         p_wdata,
  output logic [bat_pkg::BEAT-1:0]            b_wdata,
  output logic [15:0]                         t_wdata,
  output logic [bat_pkg::IMEM_W-1:0]          imem_wdata,
  output logic                                done,
  output logic                                error
);
  localparam int BEAT = bat_pkg::BEAT;
  localparam int W_BITS = bat_pkg::TILE * bat_pkg::K;
  localparam int P_BITS = 64 * bat_pkg::TILE;
  localparam int I_BITS = bat_pkg::IMEM_W;
  localparam int WP = (W_BITS > P_BITS) ? W_BITS : P_BITS;
  localparam int WORD = (WP > I_BITS) ? WP : I_BITS;
  localparam int PARTS = BEAT / 16;
  localparam int PW = $clog2(PARTS);

  logic             full, first, last, in_burst, serial, ends, write;
  logic [BEAT-1:0]  beat;
  logic [3:0]       dest;
  logic [15:0]      at, next, start_at;
  logic [9:0]       filled, fill, wanted;
  logic [PW-1:0]    part;
  logic [WORD-1:0]  word;

  assign serial = (dest == 4'(bat_pkg::DEST_T)) || (dest == 4'(bat_pkg::DEST_PT));
  assign ends = full && (!serial || (part == PW'(PARTS - 1)));
  assign r_ready = !full || ends;
  assign pop = r_valid && r_ready && r_last;

  always_comb begin
    wanted = '0;
    case (dest)
      4'(bat_pkg::DEST_W): wanted = 10'(W_BITS / BEAT - 1);
      4'(bat_pkg::DEST_DP), 4'(bat_pkg::DEST_NG), 4'(bat_pkg::DEST_NQ): wanted = 10'(P_BITS / BEAT - 1);
      4'(bat_pkg::DEST_IMEM): wanted = 10'(I_BITS / BEAT - 1);
      default: wanted = '0;
    endcase
    fill = first ? '0 : filled;
    at = first ? start_at : next;
    write = full && (serial || (fill == wanted));
  end

  assign w_wdata = word[WORD-1 -: W_BITS];
  assign p_wdata = word[WORD-1 -: P_BITS];
  assign b_wdata = word[WORD-1 -: BEAT];
  assign imem_wdata = word[WORD-1 -: I_BITS];

  always_ff @(posedge clk) begin
    if (full && !serial) word <= WORD'({beat, word} >> BEAT);
    t_wdata <= beat[15:0];
    waddr <= at;
    we <= write ? (9'd1 << dest) : '0;
    done <= ends && last;
    if (full) begin
      filled <= (fill == wanted) ? '0 : fill + 10'd1;
      next <= at + 16'(write);
      first <= 1'b0;
      beat <= beat >> 16;
      part <= part + PW'(1);
    end
    if (r_valid && r_ready) begin
      beat <= r_data;
      dest <= record[19:16];
      start_at <= record[15:0];
      first <= record[20] && !in_burst;
      last <= record[21] && r_last;
      in_burst <= !r_last;
      part <= '0;
    end
    full <= (r_valid && r_ready) || (full && !ends);
    error <= !clear && (error || (r_valid && r_ready && (r_resp != 2'b00)));
    if (rst) begin
      full <= 1'b0;
      in_burst <= 1'b0;
      we <= '0;
      done <= 1'b0;
      error <= 1'b0;
    end
  end
endmodule
