// Control and status registers, an AXI4-Lite slave of 32-bit words; offsets in `bat_pkg` (REG_*), made from
// `crates/accel/src/registers.rs`.
//
// A write is taken when address and data are both there, and answered in the next cycle; a read is answered in the next
// cycle. Byte strobes are not looked at: write whole words. Answers are always OKAY; other addresses read 0.
// Writing bit 0 of CONTROL while idle pulses `start`.
module csr (
  input  logic        clk,
  input  logic        rst,
  input  logic        aw_valid,
  output logic        aw_ready,
  input  logic [7:0]  aw_addr,
  input  logic        w_valid,
  output logic        w_ready,
  input  logic [31:0] w_data,
  output logic        b_valid,
  input  logic        b_ready,
  input  logic        ar_valid,
  output logic        ar_ready,
  input  logic [7:0]  ar_addr,
  output logic        r_valid,
  input  logic        r_ready,
  output logic [31:0] r_data,
  output logic        start,
  output logic [63:0] image,
  output logic [31:0] program_beat,
  output logic [16:0] count,
  input  logic        busy,
  input  logic        finished,
  input  logic        error,
  input  logic [63:0] cycles
);
  logic        write, read;
  logic [31:0] value;

  assign write = aw_valid && w_valid && (!b_valid || b_ready);
  assign aw_ready = write;
  assign w_ready = write;
  assign read = ar_valid && (!r_valid || r_ready);
  assign ar_ready = read;

  always_comb begin
    value = '0;
    case ({ar_addr[7:2], 2'b00})
      8'(bat_pkg::REG_ID): value = 32'(bat_pkg::ID);
      8'(bat_pkg::REG_VERSION): value = 32'(bat_pkg::VERSION);
      8'(bat_pkg::REG_STATUS): value = {29'd0, error, finished, busy};
      8'(bat_pkg::REG_IMAGE_LO): value = image[31:0];
      8'(bat_pkg::REG_IMAGE_HI): value = image[63:32];
      8'(bat_pkg::REG_PROGRAM): value = program_beat;
      8'(bat_pkg::REG_COUNT): value = 32'(count);
      8'(bat_pkg::REG_CYCLES_LO): value = cycles[31:0];
      8'(bat_pkg::REG_CYCLES_HI): value = cycles[63:32];
      8'(bat_pkg::REG_TILE): value = 32'(bat_pkg::TILE);
      8'(bat_pkg::REG_K): value = 32'(bat_pkg::K);
      default: value = '0;
    endcase
  end

  always_ff @(posedge clk) begin
    start <= 1'b0;
    if (write) begin
      case ({aw_addr[7:2], 2'b00})
        8'(bat_pkg::REG_CONTROL): start <= w_data[0] && !busy && !start;
        8'(bat_pkg::REG_IMAGE_LO): image[31:0] <= {w_data[31:12], 12'd0};
        8'(bat_pkg::REG_IMAGE_HI): image[63:32] <= w_data;
        8'(bat_pkg::REG_PROGRAM): program_beat <= w_data;
        8'(bat_pkg::REG_COUNT): count <= w_data[16:0];
        default: start <= 1'b0;
      endcase
    end
    if (read) r_data <= value;
    b_valid <= write || (b_valid && !b_ready);
    r_valid <= read || (r_valid && !r_ready);
    if (rst) begin
      start <= 1'b0;
      b_valid <= 1'b0;
      r_valid <= 1'b0;
      image <= '0;
      program_beat <= '0;
      count <= '0;
    end
  end

  logic unused;
  assign unused = &{1'b0, aw_addr, ar_addr};
endmodule
