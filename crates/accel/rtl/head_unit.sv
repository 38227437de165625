// Logits: logit[i][o] = bias[o] + sum over channels of w[o][c] * x[i][c], token by token, TILE channels a step.
//
//   walk --> B --> bias, w --+--> head_dot --> FIFO of 8 --> output stream
//        \-> X --> row ------+
//
// Cycles: taken in A; a logit takes 1 + tiles cycles (its header, its tiles), the first from A + 1 on; the next instruction is taken
// after the last of them. A logit leaves at the earliest 8 cycles after its last tile; `done` is high in the cycle after the last
// one was accepted. A logit starts only if the FIFO has room for it and for all before it: 8 are enough never to wait without stalls.
module head_unit (
  input  logic                                    clk,
  input  logic                                    rst,
  input  logic                                    start_valid,
  output logic                                    start_ready,
  input  bat_pkg::head_t                          op,
  output logic                                    done,
  output logic                                    x_ren,
  output logic [15:0]                             x_rblock,
  output logic [15:0]                             x_raddr,
  input  logic [bat_pkg::P*bat_pkg::TILE*16-1:0]  x_rdata,
  output logic [15:0]                             b_addr,       // 0 in cycles that read nothing
  input  logic [bat_pkg::BEAT-1:0]                b_data,
  output logic                                    out_valid,
  input  logic                                    out_ready,
  output logic [31:0]                             out_data,
  output logic                                    out_last
);
  localparam int TILE = bat_pkg::TILE;
  localparam int SLOTS = bat_pkg::BEAT / (8 * TILE);

  bat_pkg::head_t q;
  logic        busy, tiles_next;         // a header, or tiles
  logic [11:0] tile, final_tile;
  logic [20:0] output_, final_output;
  logic [12:0] token, final_token;
  logic [9:0]  block;
  logic [4:0]  row;
  logic [15:0] b_row, x_block, x_row, x_at;
  logic [3:0]  in_flight;                // logits started and not yet accepted

  logic take, start, stepping, last_tile, last_output, last_token, block_ends, accepted;
  assign start_ready = !busy;
  assign take = start_ready && start_valid;
  assign start = busy && !tiles_next && !in_flight[3];
  assign stepping = busy && tiles_next;
  assign last_tile = stepping && tile == final_tile;
  assign last_output = output_ == final_output;
  assign last_token = token == final_token;
  assign block_ends = 32'(row) == TILE - 1;

  always_ff @(posedge clk)
    if (rst) {busy, tiles_next} <= 2'b00;
    else begin
      if (take) busy <= 1'b1;
      else if (last_tile && last_output && last_token) busy <= 1'b0;
      tiles_next <= start || (stepping && !last_tile);
    end

  always_ff @(posedge clk) begin
    if (take) begin
      q <= op;
      output_ <= 21'd0;
      token <= 13'd0;
      block <= 10'd0;
      row <= 5'd0;
      b_row <= op.base;
      x_block <= 16'd0;
      x_row <= 16'd0;
    end else if (last_tile) begin
      output_ <= last_output ? 21'd0 : output_ + 21'd1;
      b_row <= last_output ? q.base : b_row + {4'd0, q.row_words};
      if (last_output) begin
        token <= token + 13'd1;
        row <= block_ends ? 5'd0 : row + 5'd1;
        if (block_ends) begin
          block <= block + 10'd1;
          if (32'(block) % bat_pkg::XB == bat_pkg::XB - 1) x_block <= x_block + q.x_stride;
          x_row <= x_block + (32'(block) % bat_pkg::XB == bat_pkg::XB - 1 ? q.x_stride : 16'd0);
        end else if (32'(row) % bat_pkg::P == bat_pkg::P - 1) x_row <= x_row + 16'd1;
      end
    end
    {final_tile, final_output, final_token} <= {q.tiles - 12'd1, q.outputs - 21'd1, q.tokens - 13'd1};
    tile <= stepping ? tile + 12'd1 : 12'd0;
    x_at <= stepping ? x_at + 16'(bat_pkg::G) : x_row;
  end

  // Stage 1: addresses; stage 2: data; stage 3: `head_dot`.
  logic [5:0] valids, firsts, pushes, ends;
  logic       header_1, header_2;
  logic [2:0] select_1, select_2;
  logic [4:0] member_1, member_2;
  always_ff @(posedge clk)
    if (rst) {valids, pushes} <= 12'd0;
    else begin
      valids <= {valids[4:0], stepping};
      pushes <= {pushes[4:0], last_tile};
    end
  always_ff @(posedge clk) begin
    firsts <= {firsts[4:0], tile == 12'd0};
    ends <= {ends[4:0], last_output && last_token};
    b_addr <= start ? b_row : stepping ? b_row + 16'd1 + 16'(32'(tile) / SLOTS) : 16'd0;
    x_ren <= stepping;
    x_raddr <= x_at;
    x_rblock <= {6'd0, block};
    {header_1, header_2} <= {start, header_1};
    {select_1, select_2} <= {3'(32'(tile) % SLOTS), select_1};
    {member_1, member_2} <= {5'(32'(row) % bat_pkg::P), member_1};
  end

  logic [TILE*8-1:0]  w;
  logic [TILE*16-1:0] x;
  logic signed [31:0] bias;
  logic [3:0][31:0]   biases;
  logic signed [31:0] logit;
  always_ff @(posedge clk) begin
    w <= b_data[32'(select_2)*TILE*8 +: TILE*8];
    x <= x_rdata[32'(member_2)*TILE*16 +: TILE*16];
    if (header_2) bias <= b_data[31:0];
    biases <= {biases[2:0], bias};
  end
  head_dot dot (.clk, .first(firsts[5]), .bias($signed(biases[3])), .valid(valids[5]), .w, .x, .logit);

  // Stage 7: the logit goes into the FIFO.
  logic        push, push_last;
  logic [32:0] fifo [8];
  logic [3:0]  head, tail;
  assign accepted = out_valid && out_ready;
  assign out_valid = head != tail;
  assign {out_last, out_data} = fifo[head[2:0]];
  always_ff @(posedge clk) if (push) fifo[tail[2:0]] <= {push_last, logit};
  always_ff @(posedge clk) push_last <= ends[5];
  always_ff @(posedge clk)
    if (rst) begin
      push <= 1'b0;
      head <= 4'd0;
      tail <= 4'd0;
      in_flight <= 4'd0;
      done <= 1'b0;
    end else begin
      push <= pushes[5];
      if (push) tail <= tail + 4'd1;
      if (accepted) head <= head + 4'd1;
      in_flight <= in_flight + {3'd0, start} - {3'd0, accepted};
      done <= accepted && out_last;
    end
endmodule
