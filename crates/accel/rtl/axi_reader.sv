// Bursts of a run of beats: addresses of AXI4, and a record of each burst for the writer.
//
//   run (beat, beats) -> burst a cycle -> AR
//                            +-> FIFO of OUTSTANDING records -> load_writer
//
// A burst never leaves its aligned chunk of CHUNK = min(256, 4096 / beat bytes) beats, so it crosses no 4 KiB. `load` in
// cycle t: the first burst is formed in t + 1, its address is valid in t + 2; a burst a cycle while records have room.
module axi_reader (
  input  logic         clk,
  input  logic         rst,
  input  logic [63:0]  image,
  input  logic         load,         // a new run; only while none is left
  input  logic [31:0]  run_beat,
  input  logic [19:0]  run_beats,
  input  logic         run_first,    // the instruction's first run
  input  logic         run_last,     // the instruction's last run; held until `ends`
  input  logic [3:0]   dest,         // held until `ends`, as `addr`
  input  logic [15:0]  addr,
  output logic         ends,         // the run's last burst is formed in this cycle
  output logic         ar_valid,
  output logic [63:0]  ar_addr,
  output logic [7:0]   ar_len,
  input  logic         ar_ready,
  output logic [21:0]  record,       // {last, first, dest, addr} of the oldest burst
  input  logic         pop
);
  localparam int BYTES = bat_pkg::BEAT / 8;
  localparam int CHUNK = (BYTES < 16) ? 256 : 4096 / BYTES;
  localparam int CL = $clog2(CHUNK);
  localparam int DEPTH = bat_pkg::OUTSTANDING;
  localparam int AW = $clog2(DEPTH);

  logic         active, first, form, fits;
  logic [31:0]  beat;
  logic [19:0]  left, room;
  logic [21:0]  records [DEPTH];
  logic [AW-1:0] put, get;
  logic [AW:0]  level;

  assign room = 20'(CHUNK) - 20'(beat[CL-1:0]);
  assign fits = left <= room;
  assign form = active && (level != (AW + 1)'(DEPTH)) && (!ar_valid || ar_ready);
  assign ends = form && fits;
  assign record = records[get];

  always_ff @(posedge clk) begin
    if (form) begin
      ar_addr <= image + (64'(beat) << $clog2(BYTES));
      ar_len <= fits ? 8'(left - 20'd1) : 8'(room - 20'd1);
      records[put] <= {fits && run_last, first, dest, addr};
      beat <= {beat[31:CL] + (32 - CL)'(1), CL'(0)};
      left <= left - room;
      first <= 1'b0;
    end
    if (load) begin
      beat <= run_beat;
      left <= run_beats;
      first <= run_first;
    end
    active <= load || (active && !ends);
    ar_valid <= form || (ar_valid && !ar_ready);
    put <= put + AW'(form);
    get <= get + AW'(pop);
    level <= level + (AW + 1)'(form) - (AW + 1)'(pop);
    if (rst) begin
      active <= 1'b0;
      ar_valid <= 1'b0;
      put <= '0;
      get <= '0;
      level <= '0;
    end
  end
endmodule
