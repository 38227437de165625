// Right shift of a signed number, then clamp to a signed number of fewer bits.
//
//   q = clamp(d >> (STEP coarse + fine)) to a number whose sign is the bit of q that is 1 in `top`; bits above mean nothing
//
// d and `coarse` of cycle 0; `fine`, `mask` (of `clamp_mask`) and `top` in cycle 1; q in cycle 2.
// A coarse shift leaves OUT + STEP - 1 bits, which is all that a fine shift can still bring into q; that bits above
// differ from the sign is remembered in a flag.
module clamped_shift #(parameter int IN = 35, OUT = 16, STEP = 8, localparam int PART = OUT + STEP - 1) (
  input  logic                    clk,
  input  logic [IN-1:0]           d,
  input  logic [1:0]              coarse,
  input  logic [$clog2(STEP)-1:0] fine,
  input  logic [PART-1:0]         mask,
  input  logic [OUT-1:0]          top,
  output logic [OUT-1:0]          q
);
  localparam int WIDE = 3 * STEP + PART;
  logic [WIDE-1:0] wide;
  logic [3*STEP-1:0] above;
  logic [PART-1:0] part;
  logic            sign, beyond, over;
  assign wide = {{WIDE-IN{d[IN-1]}}, d};
  assign above = wide[WIDE-1:PART] ^ {3*STEP{d[IN-1]}};

  always_ff @(posedge clk) begin
    sign <= d[IN-1];
    case (coarse)
      2'd0: {beyond, part} <= {|above, wide[PART-1:0]};
      2'd1: {beyond, part} <= {|above[3*STEP-1:STEP], wide[STEP +: PART]};
      2'd2: {beyond, part} <= {|above[3*STEP-1:2*STEP], wide[2*STEP +: PART]};
      default: {beyond, part} <= {1'b0, wide[3*STEP +: PART]};
    endcase
  end

  assign over = beyond || |((part ^ {PART{sign}}) & mask);
  always_ff @(posedge clk) q <= over ? top ^ {OUT{!sign}} : OUT'(part >> fine);
endmodule
