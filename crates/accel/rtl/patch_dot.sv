// One channel of a patch: (sum over pixels of weight * pixel * mul + add) >> shift, kept for its tile until that is written.
//
//   codes[lane] --*--> acc --* mul--> + add --> >> shift --> clamp --> patch[channel]
//   pixel --------+
//
// The result is clamped to 26 bits, which its sum with a position's value (25 bits) cannot tell from the exact one after sat16.
// Cycles: inputs come with b_data and i_data, but `codes` two later (from `embed_source`); `patch` shows a channel ten after its last
// pixel. All of `patch` becomes 0 when `clear`.
module patch_dot (
  input  logic                        clk,
  input  logic                        rst,
  input  logic                        load,        // b_data is the header of a weight row
  input  logic [63:0]                 b_data,
  input  logic [5:0]                  shift,       // taken with the header
  input  logic                        valid,       // i_data is a pixel
  input  logic                        first,
  input  logic                        last,
  input  logic [4:0]                  lane,
  input  logic [4:0]                  channel,
  input  logic [7:0]                  pixel,
  input  logic [bat_pkg::TILE*8-1:0]  codes,
  input  logic                        clear,
  output logic [bat_pkg::TILE*26-1:0] patch
);
  // Delays, so that everything of a pixel meets its product: stage n is n cycles after the inputs.
  logic [2:0][7:0]  pixels;
  logic [1:0][4:0]  lanes;
  logic [3:0]       firsts;
  logic [4:0]       lasts, valids;
  logic [8:0][4:0]  channels;
  logic [3:0][15:0] muls;
  logic [5:0][47:0] adds;
  logic [6:0][5:0]  shifts;
  logic [3:0]       ends;
  logic [69:0]      head;
  always_ff @(posedge clk) begin
    if (load) head <= {shift, b_data};
    pixels <= {pixels[1:0], pixel};
    lanes <= {lanes[0], lane};
    firsts <= {firsts[2:0], first};
    lasts <= {lasts[3:0], last};
    channels <= {channels[7:0], channel};
    muls <= {muls[2:0], head[15:0]};
    adds <= {adds[4:0], head[63:16]};
    shifts <= {shifts[5:0], head[69:64]};
  end
  always_ff @(posedge clk)
    if (rst) {valids, ends} <= 9'd0;
    else begin
      valids <= {valids[3:0], valid};
      ends <= {ends[2:0], valids[4] && lasts[4]};
    end

  logic signed [7:0]  weight;
  logic signed [16:0] product;
  logic signed [31:0] acc;
  logic signed [48:0] low, high;
  logic signed [49:0] scaled, biased, shifted;
  logic signed [25:0] result;
  assign result = shifted > 50'sd33554431 ? 26'sd33554431 : shifted < -50'sd33554432 ? -26'sd33554432 : shifted[25:0];
  always_ff @(posedge clk) begin
    weight <= codes[32'(lanes[1])*8 +: 8];                                      // 3
    product <= 17'(weight) * 17'($signed({1'b0, pixels[2]}));                   // 4
    if (valids[3]) acc <= (firsts[3] ? 32'sd0 : acc) + 32'(product);            // 5
    low <= 49'($signed({1'b0, acc[15:0]})) * 49'($signed({1'b0, muls[3]}));     // 6
    high <= 49'($signed(acc[31:16])) * 49'($signed({1'b0, muls[3]}));
    scaled <= 50'(low) + (50'(high) <<< 16);                                    // 7
    biased <= scaled + 50'($signed(adds[5]));                                   // 8
    shifted <= biased >>> shifts[6];                                            // 9
  end

  generate
    for (genvar c = 0; c < bat_pkg::TILE; c++) begin : kept
      always_ff @(posedge clk)
        if (rst || clear) patch[c*26 +: 26] <= 26'd0;
        else if (ends[3] && channels[8] == 5'(c)) patch[c*26 +: 26] <= result;  // 10
    end
  endgenerate
endmodule
