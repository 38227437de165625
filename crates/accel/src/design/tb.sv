// Self-checking testbench: registers through AXI4-Lite, external memory of fixed latency and exact average rate behind
// AXI4, input and output streams. Expected words and cycles come from the simulator. See sizes.svh, README.md.
module tb;
`include "sizes.svh"
  localparam int BEAT = bat_pkg::BEAT;
  localparam longint BYTES = BEAT / 8;
  localparam longint IMAGE = 64'h1_0000_0000;
  localparam logic [7:0] CONTROL = 8'h08, STATUS = 8'h0c, IMAGE_LO = 8'h10, IMAGE_HI = 8'h14, PROGRAM = 8'h18, COUNT_AT = 8'h1c,
    CYCLES_LO = 8'h20, CYCLES_HI = 8'h24;

  logic clk = 0, rst = 1;
  logic s_axi_awvalid = 0, s_axi_awready, s_axi_wvalid = 0, s_axi_wready, s_axi_bvalid, s_axi_bready = 1;
  logic s_axi_arvalid = 0, s_axi_arready, s_axi_rvalid, s_axi_rready = 1;
  logic [7:0] s_axi_awaddr = 0, s_axi_araddr = 0;
  logic [31:0] s_axi_wdata = 0, s_axi_rdata;
  logic [1:0] s_axi_bresp, s_axi_rresp, m_axi_arburst, m_axi_rresp = 0;
  logic m_axi_arvalid, m_axi_arready = 1, m_axi_rvalid = 0, m_axi_rready, m_axi_rlast = 0;
  logic [63:0] m_axi_araddr;
  logic [7:0] m_axi_arlen;
  logic [2:0] m_axi_arsize;
  logic [BEAT-1:0] m_axi_rdata = 0;
  logic s_axis_tvalid = 0, s_axis_tready, m_axis_tvalid, m_axis_tready = 1, m_axis_tlast;
  logic [31:0] s_axis_tdata = 0, m_axis_tdata;
  logic trace_start;
  logic [bat_pkg::UNITS-1:0] trace_accept, trace_done;

  bat_top dut (.*);

  logic [BEAT-1:0] image [IMAGE_BEATS];
  logic [31:0] inputs [INPUTS];
  logic [31:0] outputs [OUTPUTS];

  // What the buses did in the last cycle.
  logic write_taken, write_answered, read_taken, read_answered;
  logic [31:0] read_value;
  // External memory: bursts in order; `due` and `show_at` decide when a beat is shown.
  longint burst_at[$], burst_left[$], burst_from[$];
  longint cycle = 0, due = 0, show_at = 0, credit, floor_;
  longint given = 0, got = 0, errors = 0, beats = 0;
  logic started = 0, streaming = 0;

  function automatic logic [BEAT-1:0] beat_of(longint address);
    longint at = (address - IMAGE) / BYTES;
    return at >= 0 && at < IMAGE_BEATS ? image[at] : '0;
  endfunction

  task automatic show_memory;
    if (m_axi_rvalid || burst_at.size() == 0) return;
    if (cycle < burst_from[0] || cycle < show_at || cycle * RATE < due) return;
    credit = cycle * RATE;
    floor_ = credit < RATE - 1 ? 0 : credit - (RATE - 1);
    due = (due > floor_ ? due : floor_) + BYTES;
    m_axi_rvalid = 1;
    m_axi_rdata = beat_of(burst_at[0]);
    m_axi_rlast = burst_left[0] == 1;
  endtask

  task automatic take_beat;
    show_at = cycle + 1;
    beats++;
    burst_at[0] = burst_at[0] + BYTES;
    burst_left[0] = burst_left[0] - 1;
    if (burst_left[0] == 0) begin
      void'(burst_at.pop_front());
      void'(burst_left.pop_front());
      void'(burst_from.pop_front());
    end
  endtask

  task automatic take_output;
    if (got >= OUTPUTS) complain("an output word too many");
    else if (m_axis_tdata !== outputs[got]) begin
      $display("output %0d is %08x, expected %08x", got, m_axis_tdata, outputs[got]);
      errors++;
    end
    got++;
  endtask

  task automatic complain(string what);
    $display("%s", what);
    errors++;
  endtask

  // A clock cycle: inputs are set, signals settle, handshakes are noted, the edge comes.
  task automatic tick;
    logic beat_taken = 0;
    show_memory();
    s_axis_tvalid = streaming && given < INPUTS;
    s_axis_tdata = given < INPUTS ? inputs[given] : 0;
    #4;
    write_taken = s_axi_awvalid && s_axi_awready;
    write_answered = s_axi_bvalid;
    read_taken = s_axi_arvalid && s_axi_arready;
    read_answered = s_axi_rvalid;
    read_value = s_axi_rdata;
    if (!rst) begin
      if (trace_start) begin
        started = 1;
        cycle = 0;
      end
      if (s_axis_tvalid && s_axis_tready) given++;
      if (m_axis_tvalid) take_output();
      if (m_axi_arvalid) begin
        burst_at.push_back(longint'(m_axi_araddr));
        burst_left.push_back(longint'(m_axi_arlen) + 1);
        burst_from.push_back(cycle + LATENCY);
      end
      if (m_axi_rvalid && m_axi_rready) begin
        take_beat();
        beat_taken = 1;
      end
    end
    #1 clk = 1;
    #5 clk = 0;
    if (beat_taken) m_axi_rvalid = 0;
    if (started) cycle++;
  endtask

  task automatic write(logic [7:0] address, logic [31:0] value);
    s_axi_awvalid = 1;
    s_axi_wvalid = 1;
    s_axi_awaddr = address;
    s_axi_wdata = value;
    do tick(); while (!write_taken);
    s_axi_awvalid = 0;
    s_axi_wvalid = 0;
    do tick(); while (!write_answered);
  endtask

  task automatic read(logic [7:0] address, output logic [31:0] value);
    s_axi_arvalid = 1;
    s_axi_araddr = address;
    do tick(); while (!read_taken);
    s_axi_arvalid = 0;
    do tick(); while (!read_answered);
    value = read_value;
  endtask

  logic [31:0] status, low, high;
  initial begin
    $readmemh("image.hex", image);
    $readmemh("input.hex", inputs);
    $readmemh("output.hex", outputs);
    repeat (4) tick();
    rst = 0;
    tick();
    streaming = 1;
    write(IMAGE_LO, 32'(IMAGE));
    write(IMAGE_HI, 32'(IMAGE >> 32));
    write(PROGRAM, 32'(PROGRAM_BEAT));
    write(COUNT_AT, 32'(COUNT));
    write(CONTROL, 1);
    do read(STATUS, status); while (!status[1] && cycle < 2 * CYCLES + 1000);
    if (!status[1]) complain("the design did not finish");
    repeat (100) tick();
    read(STATUS, status);
    read(CYCLES_LO, low);
    read(CYCLES_HI, high);
    if (status[2]) complain("the error bit of STATUS is set");
    if (got < OUTPUTS) complain("output words are missing");
    if (given != INPUTS) complain("input words were not taken");
    if ({high, low} != 64'(CYCLES)) complain("the number of cycles differs");
    $display("cycles %0d, expected %0d; output words %0d of %0d; bytes read %0d", {high, low}, CYCLES, got, OUTPUTS, beats * BYTES);
    if (errors != 0) $fatal(1, "FAIL: %0d errors", errors);
    $display("PASS");
    $finish;
  end
endmodule
