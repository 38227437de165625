// Unit `load`: external memory to memories on chip, in order.
//
//   op -> run of beats -> axi_reader -> AR
//     +-> I[input + row] * stride -^        R -> load_writer -> memories
//
// Direct: one run, beats `source .. source + beats`. Indirect: a run for each row, from beat `source + id * stride`, where id
// is the low 24 bits of I[input + row]; the words written follow each other. Accepted in cycle t, the first burst is formed
// in t + 1; a row of an indirect load costs 3 cycles before (address of I; products; sum). `start_ready` comes back in the
// cycle after the last burst was formed, so that addresses of the next instruction run ahead of data.
module load_unit (
  input  logic                                clk,
  input  logic                                rst,
  input  logic                                clear,
  input  logic                                start_valid,
  output logic                                start_ready,
  input  bat_pkg::load_t                      op,
  output logic                                done,
  input  logic [63:0]                         image,
  output logic                                ar_valid,
  output logic [63:0]                         ar_addr,
  output logic [7:0]                          ar_len,
  input  logic                                ar_ready,
  input  logic                                r_valid,
  input  logic [bat_pkg::BEAT-1:0]            r_data,
  input  logic                                r_last,
  input  logic [1:0]                          r_resp,
  output logic                                r_ready,
  output logic [15:0]                         i_addr,
  input  logic [31:0]                         i_data,
  output logic [8:0]                          we,
  output logic [15:0]                         waddr,
  output logic [bat_pkg::TILE*bat_pkg::K-1:0] w_wdata,
  output logic [64*bat_pkg::TILE-1:0]         p_wdata,
  output logic [bat_pkg::BEAT-1:0]            b_wdata,
  output logic [15:0]                         t_wdata,
  output logic [bat_pkg::IMEM_W-1:0]          imem_wdata,
  output logic                                error
);
  localparam logic [2:0] IDLE = 0, FETCH = 1, PRODUCT = 2, SUM = 3, RUN = 4;

  logic [2:0]      state;
  bat_pkg::load_t  held;
  logic [5:0]      row;
  logic [27:0]     low, high;   // products of the id's halves: their sum is the next cycle's
  logic            accept, load, last_row, ends, pop;
  logic [21:0]     record;

  assign start_ready = state == IDLE;
  assign accept = start_valid && start_ready;
  assign load = (accept && !op.indirect) || (state == SUM);
  assign last_row = !held.indirect || (row + 6'd1 == held.rows);
  assign i_addr = 16'(held.input_) + 16'(row);

  always_ff @(posedge clk) begin
    low <= 28'(i_data[11:0]) * 28'(held.stride);
    high <= 28'(i_data[23:12]) * 28'(held.stride);
    case (state)
      IDLE: if (start_valid) begin
        held <= op;
        row <= '0;
        state <= op.indirect ? FETCH : RUN;
      end
      FETCH: state <= PRODUCT;
      PRODUCT: state <= SUM;
      SUM: state <= RUN;
      default: if (ends) begin
        row <= row + 6'd1;
        state <= last_row ? IDLE : FETCH;
      end
    endcase
    if (rst) state <= IDLE;
  end

  axi_reader u_reader (
    .clk(clk), .rst(rst), .image(image), .load(load),
    .run_beat(start_ready ? op.source : held.source + 32'(low) + {high[19:0], 12'd0}), .run_beats(start_ready ? op.beats : held.beats),
    .run_first(start_ready || (row == 0)), .run_last(last_row), .dest(held.dest), .addr(held.dst_addr), .ends(ends),
    .ar_valid(ar_valid), .ar_addr(ar_addr), .ar_len(ar_len), .ar_ready(ar_ready), .record(record), .pop(pop));

  load_writer u_writer (
    .clk(clk), .rst(rst), .clear(clear), .record(record), .pop(pop),
    .r_valid(r_valid), .r_data(r_data), .r_last(r_last), .r_resp(r_resp), .r_ready(r_ready),
    .we(we), .waddr(waddr), .w_wdata(w_wdata), .p_wdata(p_wdata), .b_wdata(b_wdata), .t_wdata(t_wdata),
    .imem_wdata(imem_wdata), .done(done), .error(error));

  logic unused;
  assign unused = &{1'b0, i_data, high};
endmodule
