// Right shift of a signed number, then clamp to a signed number of fewer bits.
//
//   q = clamp(d >> (STEP coarse + fine)) to a number whose sign is the bit of q that is 1 in `top`; bits above mean nothing
//
// d and `coarse` of cycle 0; `fine`, `scale` in 1; `mask` and `top` in 2: `mask` has the bits of q below its last that must
// equal the sign; q in cycle 3. A coarse shift by a multiple of STEP leaves OUT + STEP - 1 bits and the sign, which is all that a fine
// shift can still bring into q; that bits above differ from the sign is remembered in a flag. With BAT_DSP the fine shift
// is a product by `scale` = 2^(STEP - 1 - fine).
module clamped_shift #(parameter int IN = 35, OUT = 16, STEP = 8, localparam int FINE = $clog2(STEP)) (
  input  logic            clk,
  input  logic [IN-1:0]   d,
  input  logic [1:0]      coarse,
  input  logic [FINE-1:0] fine,
  input  logic [STEP-1:0] scale,
  input  logic [OUT-2:0]  mask,
  input  logic [OUT-1:0]  top,
  output logic [OUT-1:0]  q
);
  localparam int PART = OUT + STEP - 1;
  localparam int WIDE = 3 * STEP + PART;
  logic [WIDE-1:0]   wide;
  logic [2:0]        differs;            // bits above what coarse shifts by 0, 1, 2 leave
  logic [PART:0]     part, moved;        // with the sign
  logic              sign, beyond, beyond_2, over;
  assign wide = {{WIDE-IN{d[IN-1]}}, d};
  for (genvar n = 0; n < 3; n++) begin : g_above
    assign differs[n] = wide[PART+n*STEP +: STEP] != {STEP{d[IN-1]}};
  end

  always_ff @(posedge clk) begin
    part[PART] <= d[IN-1];
    case (coarse)
      2'd0: {beyond, part[PART-1:0]} <= {|differs, wide[PART-1:0]};
      2'd1: {beyond, part[PART-1:0]} <= {|differs[2:1], wide[STEP +: PART]};
      2'd2: {beyond, part[PART-1:0]} <= {differs[2], wide[2*STEP +: PART]};
      default: {beyond, part[PART-1:0]} <= {1'b0, wide[3*STEP +: PART]};
    endcase
    beyond_2 <= beyond;
  end

`ifdef BAT_DSP
  logic signed [47:0] whole, unused_pcout;
  dsp_slice #(.A(PART + 1), .B(STEP + 1)) multiply (
    .clk, .clear(1'b0), .a(part), .b({1'b0, scale}), .c(48'd0), .pcin(48'd0), .p(whole), .pcout(unused_pcout)
  );
  assign moved = whole[STEP-1 +: PART+1];

  logic unused;
  assign unused = &{1'b0, fine, whole, unused_pcout};
`else
  always_ff @(posedge clk) moved <= $signed(part) >>> fine;

  logic unused;
  assign unused = &{1'b0, scale};
`endif

  assign sign = moved[PART];
  assign over = beyond_2 || moved[PART-1:OUT-1] != {STEP{sign}} || |((moved[OUT-2:0] ^ {OUT-1{sign}}) & mask);
  always_ff @(posedge clk) q <= over ? top ^ {OUT{!sign}} : moved[OUT-1:0];
endmodule
