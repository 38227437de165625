// Attention codes of exponents: the number of n with e * 2^tau_shift >= (2n - 1) * tau_mul * S, a plane a cycle.
//
//   SU -> sel_rows (U = tau_mul * S, aligned) --+
//   E  -> group of PA rows ---------------------+-> PA x TILE lanes -> A
//
// A step is a plane of a group of PA rows of a tile, the most significant plane first. The first step is 4 cycles after acceptance; a block
// takes max(tiles * GA * bits, 6) cycles, the last one its steps only; the next instruction is taken in the last step's cycle; `done` is
// 5 cycles after it.
module sel_unit (
  input  logic                                    clk,
  input  logic                                    rst,
  input  logic                                    start_valid,
  output logic                                    start_ready,
  input  bat_pkg::sel_t                           op,
  output logic                                    done,
  output logic [15:0]                             e_addr,
  input  logic [bat_pkg::PA*bat_pkg::TILE*16-1:0] e_data,
  output logic [15:0]                             su_addr,
  input  logic [bat_pkg::TILE*32-1:0]             su_data,
  output logic [bat_pkg::COLS-1:0]                a_we,
  output logic [4:0]                              a_group,
  output logic [15:0]                             a_addr,
  output logic [bat_pkg::PA*bat_pkg::TILE-1:0]    a_data
);
  localparam int TILE = bat_pkg::TILE;
  localparam int PA = bat_pkg::PA;

  typedef struct packed {
    logic                       valid;
    logic                       ends;
    logic                       opens;   // first step of its block
    logic                       first;   // first plane of its group
    logic [2:0]                 plane;
    logic [4:0]                 group;
    logic                       sps;
    logic [15:0]                a_addr;
    logic [bat_pkg::COLS-1:0]   column;
  } step_t;
  step_t [5:0] pipe;

  logic       fetch;
  logic [7:0] tau_mul;
  logic [4:0] tau_shift;
  sel_steps u_steps (
    .clk(clk), .rst(rst), .start_valid(start_valid), .start_ready(start_ready), .op(op),
    .valid(pipe[0].valid), .ends(pipe[0].ends), .opens(pipe[0].opens), .first(pipe[0].first), .plane(pipe[0].plane),
    .group(pipe[0].group), .sps(pipe[0].sps), .a_addr(pipe[0].a_addr), .column(pipe[0].column),
    .e_addr(e_addr), .fetch(fetch), .su_addr(su_addr), .tau_mul(tau_mul), .tau_shift(tau_shift));

  always_ff @(posedge clk) begin
    pipe[5:1] <= pipe[4:0];
    if (rst) for (int n = 1; n < 6; n++) pipe[n].valid <= 1'b0;
  end

  // Rows' thresholds: chosen in step 3 for the group and plane of the step.
  logic [PA*50-1:0] subtrahend;
  logic [PA*48-1:0] unit;
  logic [PA-1:0]    live;
  sel_rows u_rows (
    .clk(clk), .fetch(fetch), .tau_mul(tau_mul), .tau_shift(tau_shift), .su_data(su_data),
    .take(pipe[2].valid && pipe[2].opens), .group(pipe[3].group), .plane(pipe[3].plane),
    .unit(unit), .subtrahend(subtrahend), .live(live));

  // Exponents, in step with them.
  logic [PA*TILE*16-1:0] e_2, e_3, e_4;
  always_ff @(posedge clk) begin
    e_2 <= e_data;
    e_3 <= e_2;
    e_4 <= e_3;
  end

  for (genvar r = 0; r < PA; r++) begin : g_row
    for (genvar c = 0; c < TILE; c++) begin : g_lane
      sel_lane u_lane (
        .clk(clk), .first(pipe[4].first), .sps(pipe[4].sps), .live(live[r]), .exponent(e_4[(r*TILE + c)*16 +: 16]),
        .unit(unit[r*48 +: 48]), .subtrahend(subtrahend[r*50 +: 50]), .code(a_data[r*TILE + c]));
    end
  end

  assign a_we = pipe[5].valid ? pipe[5].column : '0;
  assign a_group = pipe[5].group;
  assign a_addr = pipe[5].a_addr;
  assign done = pipe[5].valid && pipe[5].ends;

  logic unused;
  assign unused = &{1'b0, pipe[5]};
endmodule
