// What a row's exponents are compared with: U = tau_mul * S, shifted so that an exponent's lowest bit stands at bit 31.
//
//   su_data -> product (2 cycles) -> << (31 - tau_shift), at most 2^48 - 1 -> waiting -> in use -> group's rows, plane's shift
//
// e * 2^tau_shift >= m * U  is  e * 2^31 >= m * (U << (31 - tau_shift)): no lane shifts. Values too large for any exponent are limited.
// `fetch` is the cycle of the sums' address; the row is waiting 5 cycles later; `take` puts it in use. Group and plane: a cycle to the outputs.
module sel_rows (
  input  logic                         clk,
  input  logic                         fetch,
  input  logic [7:0]                   tau_mul,
  input  logic [4:0]                   tau_shift,
  input  logic [bat_pkg::TILE*32-1:0]  su_data,
  input  logic                         take,
  input  logic [4:0]                   group,
  input  logic [2:0]                   plane,
  output logic [bat_pkg::PA*48-1:0]    unit,
  output logic [bat_pkg::PA*50-1:0]    subtrahend,
  output logic [bat_pkg::PA-1:0]       live
);
  localparam int TILE = bat_pkg::TILE;
  localparam int PA = bat_pkg::PA;

  logic [3:0] age;
  logic [4:0] left;
  always_ff @(posedge clk) begin
    age <= {age[2:0], fetch};
    left <= 5'd31 - tau_shift;
  end

  logic [TILE*48-1:0] used;
  for (genvar r = 0; r < TILE; r++) begin : g_row
    logic [31:0] sum;
    logic [39:0] product;
    logic [70:0] aligned;
    logic [47:0] waiting;
    assign aligned = 71'(product) << left;
    always_ff @(posedge clk) begin
      if (age[0]) sum <= su_data[r*32 +: 32];
      product <= sum * tau_mul;
      if (age[3]) waiting <= |aligned[70:48] ? '1 : aligned[47:0];
      if (take) used[r*48 +: 48] <= waiting;
    end
  end

  for (genvar p = 0; p < PA; p++) begin : g_out
    logic [47:0] u;
    logic [55:0] shifted;
    assign u = used[(int'(group) * PA + p) * 48 +: 48];
    assign shifted = {7'b0, u, 1'b0} << plane;
    always_ff @(posedge clk) begin
      unit[p*48 +: 48] <= u;
      subtrahend[p*50 +: 50] <= |shifted[55:50] ? '1 : shifted[49:0];
      live[p] <= |u;
    end
  end
endmodule
