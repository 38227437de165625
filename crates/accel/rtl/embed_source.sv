// One table of `embed`: keeps a row's header and one B word of codes, and adds the values of a tile of channels to partial sums.
//
//   b_data --load--> mul, shift, scale --> factor = mul * scale -+
//         \-load--> word --select--> codes ----------------------+--> TILE x embed_lane --> partial_out
//
// With BAT_DSP the lanes are `embed_cascade`, and the factor is shifted once for all: by 7 - shift mod 8 in `scale`, then by multiples of 8.
//
// Cycles: `load` with b_data; `select` one later at the earliest; `codes` and `active` one after `select`; `partial_in` three
// after `select`, `partial_out` four. A word or header may be replaced in the cycle after the last `select` that needs it.
module embed_source (
  input  logic                         clk,
  input  logic                         load,
  input  logic                         header,
  input  logic [bat_pkg::BEAT-1:0]     b_data,
  input  logic signed [8:0]            scale,       // taken with the header, as `shift`
  input  logic [4:0]                   shift,
  input  logic [2:0]                   select,
  output logic [bat_pkg::TILE*8-1:0]   codes,
  input  logic                         active,
  input  logic [bat_pkg::TILE*32-1:0]  partial_in,
  output logic [bat_pkg::TILE*32-1:0]  partial_out
);
  localparam int CODES = bat_pkg::TILE * 8;
  logic [bat_pkg::BEAT-1:0] word;
  logic [15:0]              mul;

  always_ff @(posedge clk) begin
    if (load && !header) word <= b_data;
    if (load && header) mul <= b_data[15:0];
    codes <= word[32'(select)*CODES +: CODES];
  end

`ifdef BAT_DSP
  logic signed [15:0] scale_held;        // scale << (7 - shift mod 8)
  logic [1:0]         steps_held, steps; // 3 - shift / 8
  logic signed [31:0] factor;            // |65535 * 255 * 128| < 2^31
  logic signed [58:0] wide;
  logic [CODES-1:0]   codes_2;
  always_ff @(posedge clk) begin
    if (load && header) begin
      scale_held <= 16'(scale) <<< ~shift[2:0];
      steps_held <= ~shift[4:3];
    end
    factor <= $signed({1'b0, mul}) * scale_held;
    steps <= steps_held;
    wide <= active ? {{24{factor[31]}}, factor, 3'd0} << {steps, 3'd0} : 59'd0;
    codes_2 <= codes;
  end

  for (genvar c = 0; c < bat_pkg::TILE; c++) begin : g_lane
    embed_cascade lane (
      .clk, .code(codes_2[c*8 +: 8]), .wide, .partial(partial_in[c*32 +: 32]), .sum(partial_out[c*32 +: 32])
    );
  end
`else
  logic signed [8:0]  scale_held;
  logic [4:0]         shift_held, shift_1, shift_2;
  logic signed [24:0] factor;
  logic               active_2, active_3;
  always_ff @(posedge clk) begin
    if (load && header) {scale_held, shift_held} <= {scale, shift};
    factor <= 25'($signed({1'b0, mul})) * 25'(scale_held);
    {shift_1, shift_2} <= {shift_held, shift_1};
    {active_2, active_3} <= {active, active_2};
  end

  for (genvar c = 0; c < bat_pkg::TILE; c++) begin : g_lane
    embed_lane lane (
      .clk, .code(codes[c*8 +: 8]), .factor, .shift(shift_2), .active(active_3),
      .partial(partial_in[c*32 +: 32]), .sum(partial_out[c*32 +: 32])
    );
  end
`endif
endmodule
