// One table of `embed`: keeps a row's header and one B word of codes, and adds the values of a tile of channels to partial sums.
//
//   b_data --load--> mul, shift, scale --> factor = mul * scale -+
//         \-load--> word --select--> codes ----------------------+--> TILE x embed_lane --> partial_out
//
// Cycles: `load` with b_data; `select` one later at the earliest; `codes` one after `select`; `active` and `partial_in` three
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
  logic signed [8:0]        scale_held;
  logic [4:0]               shift_held, shift_1, shift_2;
  logic signed [24:0]       factor;

  always_ff @(posedge clk) begin
    if (load && !header) word <= b_data;
    if (load && header) begin
      mul <= b_data[15:0];
      scale_held <= scale;
      shift_held <= shift;
    end
    codes <= word[32'(select)*CODES +: CODES];
    factor <= 25'($signed({1'b0, mul})) * 25'(scale_held);
    shift_1 <= shift_held;
    shift_2 <= shift_1;
  end

  generate
    for (genvar c = 0; c < bat_pkg::TILE; c++) begin : lanes
      embed_lane lane_c (
        .clk, .code(codes[c*8 +: 8]), .factor, .shift(shift_2), .active,
        .partial(partial_in[c*32 +: 32]), .sum(partial_out[c*32 +: 32])
      );
    end
  endgenerate
endmodule
