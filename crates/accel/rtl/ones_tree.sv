// The number of ones in N = 2^B - 1 bits: the counts of two halves and the bit that is left, as carry in, so that no adder input is idle:
// 2^B - 1 - B full adders. Sums of up to two bits ripple through full adders, wider ones use carry chains.
// Trees of at most CUT bits end in a register; wider ones delay their own bit to match: always one cycle.
module ones_tree #(parameter int B = 3, CUT = 4, localparam int N = 2 ** B - 1) (
  input  logic         clk,
  input  logic [N-1:0] bits,
  output logic [B-1:0] count
);
  logic [B-1:0] sum;
  if (B == 1) begin : g_bit
    assign sum = bits;
  end else begin : g_halves
    localparam int H = N / 2;
    logic [B-2:0] low, high;
    logic odd;
    ones_tree #(.B(B - 1), .CUT(B <= CUT ? 0 : CUT)) low_half (.clk, .bits(bits[H-1:0]), .count(low));
    ones_tree #(.B(B - 1), .CUT(B <= CUT ? 0 : CUT)) high_half (.clk, .bits(bits[2*H-1:H]), .count(high));
    if (B > CUT && CUT != 0) begin : g_late
      always_ff @(posedge clk) odd <= bits[N-1];
    end else begin : g_now
      assign odd = bits[N-1];
    end
    if (B <= 3) begin : g_ripple
      logic [B-1:0] carry;
      assign carry[0] = odd;
      for (genvar i = 0; i < B - 1; i++) begin : g_bit
        full_adder adder (.a(low[i]), .b(high[i]), .c(carry[i]), .sum(sum[i]), .carry(carry[i+1]));
      end
      assign sum[B-1] = carry[B-1];
    end else begin : g_chain
      // The lowest bit makes the carry in.
      logic [B:0] total;
      assign total = {1'b0, low, odd} + {1'b0, high, odd};
      assign sum = total[B:1];
    end
  end
  if (CUT != 0 && B <= CUT) begin : g_register
    always_ff @(posedge clk) count <= sum;
  end else begin : g_wire
    assign count = sum;
    // verilator lint_off UNUSEDSIGNAL
    logic unused;  // no register here, no clock
    assign unused = &{1'b0, clk};
    // verilator lint_on UNUSEDSIGNAL
  end
endmodule
