// Steps of an instruction: reads of x in pass 1 and 2, and when each row's root is formed.
//
//   cycle 0 accept; 1, 2 prepare; then, if `norm`, pass 1: tiles * G reads, and 16 G + 9 cycles for the roots;
//   pass 2: `tiles` times max(G, bits) cycles (G without codes), of which the first G read; then the next is accepted.
//
// Rows of a group are read together, groups in turn, then the next tile. `take`: the root of the next group is begun.
module norm_issue #(parameter int G = 4, XB = 4, COLS = 8, localparam int CW = (COLS < 2) ? 1 : $clog2(COLS)) (
  input  logic            clk,
  input  logic            rst,
  input  logic            start_valid,
  output logic            start_ready,
  input  bat_pkg::norm_t  op,
  output bat_pkg::norm_t  now,
  output logic [12:0]     depth,
  output logic            plain,
  output logic            x_ren,
  output logic [15:0]     x_raddr,
  output logic            pass_2,
  output logic            first_tile,
  output logic            last_tile,
  output logic            tile_end,
  output logic            take,
  output logic [15:0]     gain_word,
  output logic [15:0]     quantizer_word,
  output logic [15:0]     code_word,
  output logic [CW-1:0]   code_column
);
  localparam int TAKE = 5;                // moments are complete 6 cycles after the last read, which was a cycle ago
  localparam int ROOTS = 16 * G + 8;      // then pass 2 reads; the last root is stored 2 cycles later, and fetched then or after
  typedef enum logic [2:0] {IDLE, PREPARE, PASS_1, ROOT, PASS_2} state_t;
  state_t      state;
  logic [15:0] base;
  logic [11:0] tile;
  logic [5:0]  step, slot_end;
  logic [9:0]  clock;
  logic        end_of_slot;

  assign start_ready = state == IDLE;
  assign pass_2 = state == PASS_2;
  assign x_ren = state == PASS_1 || (state == PASS_2 && step <= 6'(G - 1));
  assign first_tile = tile == 0;
  assign last_tile = tile == now.tiles - 12'd1;
  assign tile_end = step == 6'(G - 1);
  assign end_of_slot = step == (pass_2 ? slot_end : 6'(G - 1));
  assign take = state == ROOT && clock[3:0] == 4'(TAKE) && clock[9:4] != 6'(G);

  always_ff @(posedge clk) begin
    clock <= clock + 10'd1;
    case (state)
      IDLE: if (start_valid) {state, clock, now} <= {PREPARE, 10'd0, op};
      PREPARE: if (clock[0]) state <= now.norm ? PASS_1 : PASS_2;
      PASS_1: if (end_of_slot && last_tile) {state, clock} <= {ROOT, 10'd0};
      ROOT: if (clock == 10'(ROOTS)) state <= PASS_2;
      PASS_2: if (end_of_slot && last_tile) state <= IDLE;
      default: state <= IDLE;
    endcase
    if (rst) state <= IDLE;
  end

  always_ff @(posedge clk) begin
    base <= 16'(now.block / 10'(XB)) * now.x_stride;
    if (state == PREPARE) begin
      depth <= now.norm ? now.width : 13'd1;
      plain <= !now.norm;
      slot_end <= now.quantize && now.bits > 4'(G > 8 ? 8 : G) ? 6'(now.bits - 4'd1) : 6'(G - 1);
    end
    if (state == PASS_1 || state == PASS_2) begin
      step <= end_of_slot ? 6'd0 : step + 6'd1;
      x_raddr <= x_raddr + 16'(x_ren);
      if (end_of_slot) begin
        tile <= tile + 12'd1;
        {gain_word, quantizer_word} <= {gain_word + 16'd1, quantizer_word + 16'd1};
        code_word <= code_word + 16'(code_column == CW'(COLS - 1));
        code_column <= code_column == CW'(COLS - 1) ? CW'(0) : code_column + CW'(1);
      end
    end else begin
      {step, tile, x_raddr, code_column} <= {6'd0, 12'd0, base, CW'(0)};
      {gain_word, quantizer_word, code_word} <= {now.gain_base, now.quantizer_base, now.dst_base};
    end
  end
endmodule
