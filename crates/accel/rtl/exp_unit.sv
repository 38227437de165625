// Exponents of scores, and their row sums.
//
//   S, M -> difference from the row's maximum -> shift, clamp -> T (a copy a lane) -> E
//                                                                                  \-> sum over columns -> sums of rows -> SU
//
//   e = allowed ? T[min((max - score) >> shift, last)] : 0;   SPS: e = allowed && score >= threshold
//
// A step is a group of PA rows of a tile: blocks * tiles * GA steps, one a cycle, the first in the cycle after acceptance.
// The next instruction is taken in the last step's cycle; `done` is 9 cycles after it.
module exp_unit (
  input  logic                                          clk,
  input  logic                                          rst,
  input  logic                                          start_valid,
  output logic                                          start_ready,
  input  bat_pkg::exp_t                                 op,
  output logic                                          done,
  output logic [15:0]                                   s_addr,
  input  logic [bat_pkg::TILE*bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] s_data,
  output logic [15:0]                                   m_addr,
  input  logic [bat_pkg::TILE*(bat_pkg::SCORE_W+1)-1:0] m_data,
  input  logic                                          t_we,
  input  logic [15:0]                                   t_waddr,
  input  logic [15:0]                                   t_wdata,
  output logic                                          e_we,
  output logic [15:0]                                   e_waddr,
  output logic [bat_pkg::PA*bat_pkg::TILE*16-1:0]       e_wdata,
  output logic                                          su_we,
  output logic [15:0]                                   su_waddr,
  output logic [bat_pkg::TILE*32-1:0]                   su_wdata
);
  localparam int TILE = bat_pkg::TILE;
  localparam int PA = bat_pkg::PA;
  localparam int EW = bat_pkg::SCORE_W + 1;
  localparam int ROW = TILE * EW;

  // What a step carries along.
  typedef struct packed {
    logic        valid;
    logic        ends;      // last step of the instruction
    logic        first;     // first tile of its block
    logic        last;      // last tile of its block
    logic        closes;    // last step of its block
    logic [4:0]  group;
    logic [15:0] e_addr;
    logic [15:0] su_addr;
    logic [4:0]  shift;
    logic [11:0] top;
    logic        sps;
    logic [31:0] threshold;
  } step_t;
  step_t [9:0] pipe;

  attention_steps #(.GROUPS(bat_pkg::GA)) u_steps (
    .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready), .op(op),
    .valid(pipe[0].valid), .ends(pipe[0].ends), .first(pipe[0].first), .last(pipe[0].last), .closes(pipe[0].closes),
    .group(pipe[0].group), .s_addr(s_addr), .m_addr(m_addr), .e_addr(pipe[0].e_addr), .su_addr(pipe[0].su_addr),
    .shift(pipe[0].shift), .top(pipe[0].top), .sps(pipe[0].sps), .threshold(pipe[0].threshold));

  always_ff @(posedge clk) begin
    pipe[9:1] <= pipe[8:0];
    if (rst) for (int n = 1; n < 10; n++) pipe[n].valid <= 1'b0;
  end

  // Step 1: the group's rows of S and M.
  logic [PA*ROW-1:0] scores;
  logic [PA*EW-1:0]  maxima;
  always_ff @(posedge clk) begin
    scores <= s_data[int'(pipe[1].group) * PA * ROW +: PA * ROW];
    maxima <= m_data[int'(pipe[1].group) * PA * EW +: PA * EW];
  end

  // Steps 2 to 5.
  logic [PA*TILE*16-1:0] exponents;
  for (genvar r = 0; r < PA; r++) begin : g_row
    for (genvar c = 0; c < TILE; c++) begin : g_lane
      exp_lane u_lane (
        .clk(clk), .score(scores[(r*TILE + c)*EW +: EW]), .maximum(maxima[r*EW +: EW-1]),
        .threshold(pipe[2].threshold), .shift(pipe[3].shift), .top(pipe[3].top), .sps(pipe[5].sps),
        .t_we(t_we), .t_waddr(t_waddr), .t_wdata(t_wdata), .exponent(exponents[(r*TILE + c)*16 +: 16]));
    end
  end

  // Step 6.
  assign e_we = pipe[6].valid;
  assign e_waddr = pipe[6].e_addr;
  assign e_wdata = exponents;

  // Steps 6 to 8: sums.
  exp_sums u_sums (
    .clk(clk), .exponents(exponents), .valid(pipe[8].valid), .first(pipe[8].first), .last(pipe[8].last), .group(pipe[8].group),
    .sums(su_wdata));
  assign su_we = pipe[9].valid && pipe[9].closes;
  assign su_waddr = pipe[9].su_addr;
  assign done = pipe[9].valid && pipe[9].ends;

  logic unused;
  assign unused = &{1'b0, pipe[9].first, pipe[9].last, pipe[9].group, pipe[9].e_addr, pipe[9].shift, pipe[9].top, pipe[9].sps,
                    pipe[9].threshold, maxima};
endmodule
