// `words` words of the input stream into I, addresses 0 up: I[n] = the n-th word.
//
// Cycles: taken in cycle A, the unit is ready for a word from A + 1 on; a word accepted in cycle t is written in t + 1.
// Without stalls it takes its next instruction in A + 1 + words, and `done` is high in that cycle, with the last write.
module input_unit (
  input  logic            clk,
  input  logic            rst,
  input  logic            start_valid,
  output logic            start_ready,
  input  bat_pkg::input_t op,
  output logic            done,
  input  logic            in_valid,
  output logic            in_ready,
  input  logic [31:0]     in_data,
  output logic            i_we,
  output logic [15:0]     i_waddr,
  output logic [31:0]     i_wdata
);
  logic        busy;
  logic [13:0] next, final_word;
  logic        take, last;

  assign start_ready = !busy;
  assign in_ready = busy;
  assign take = busy && in_valid;
  assign last = next == final_word;

  always_ff @(posedge clk)
    if (rst) busy <= 1'b0;
    else if (busy) busy <= !(take && last);
    else busy <= start_valid;

  always_ff @(posedge clk)
    if (!busy) begin
      next <= 14'd0;
      final_word <= op.words - 14'd1;
    end else if (take) next <= next + 14'd1;

  always_ff @(posedge clk)
    if (rst) begin
      i_we <= 1'b0;
      done <= 1'b0;
    end else begin
      i_we <= take;
      done <= take && last;
    end

  always_ff @(posedge clk) begin
    i_waddr <= {2'b0, next};
    i_wdata <= in_data;
  end
endmodule
