// Runs jobs on bat_top under Verilator: writes its registers, plays external memory and streams, compares outputs,
// cycles and traces. Usage: Vbat_top JOBS [--stalls SEED] [--limit CYCLES]. A line of JSON for each job; exit status 1
// if one failed. The job file and the lines are defined in crates/accel/src/cosim.rs, the memory in sim/load.rs.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "Vbat_top.h"
#include "memory.h"
#include "verilated.h"

namespace {

constexpr int kUnits = 8;
constexpr uint64_t kAny = ~uint64_t{0};
// Register offsets, as in crates/accel/src/registers.rs.
enum { kControl = 0x08, kStatus = 0x0c, kImageLo = 0x10, kImageHi = 0x14, kProgram = 0x18, kCount = 0x1c, kCyclesLo = 0x20 };

struct Course { uint64_t unit, accept, done; };

struct Job {
  std::vector<uint8_t> image;
  uint64_t program, count, cycles;
  std::vector<uint32_t> input, output;
  std::vector<Course> trace;
};

class Reader {
 public:
  explicit Reader(const char* path) : file_(std::fopen(path, "rb")) {
    if (!file_) fail("cannot open the job file");
  }
  uint64_t number() { uint64_t value = 0; bytes(&value, 8); return value; }
  template <typename T> std::vector<T> list() {
    std::vector<T> made(number());
    bytes(made.data(), made.size() * sizeof(T));
    return made;
  }
  [[noreturn]] static void fail(const char* what) { std::fprintf(stderr, "harness: %s\n", what); std::exit(2); }

 private:
  void bytes(void* to, size_t size) {
    if (size && std::fread(to, size, 1, file_) != 1) fail("the job file ends too early");
  }
  std::FILE* file_;
};

Job read_job(Reader& reader) {
  Job job;
  job.program = reader.number();
  job.count = reader.number();
  job.cycles = reader.number();
  job.image = reader.list<uint8_t>();
  job.input = reader.list<uint32_t>();
  job.output = reader.list<uint32_t>();
  job.trace = reader.list<Course>();
  return job;
}

class Bench {
 public:
  Bench(VerilatedContext* context, Setting setting) : top_(context), context_(context), memory_(setting), random_(setting), input_(setting.other(1)),
      output_stalls_(setting.other(2)), address_(setting.other(3)) {
    reset();
  }

  // Runs a job; returns whether it passed.
  bool run(size_t number, const Job& job, uint64_t limit) {
    begin(job);
    const uint64_t base = random_.image_base();
    write(kImageLo, uint32_t(base));
    write(kImageHi, uint32_t(base >> 32));
    write(kProgram, uint32_t(job.program));
    write(kCount, uint32_t(job.count));
    memory_.begin(&job.image, base);
    write(kControl, 1);
    bool hang = false;
    while (!(read(kStatus) & 2) && !(hang = ticks_ > limit)) {}
    for (int n = 0; n < 100; n++) tick();
    const uint64_t cycles = uint64_t(read(kCyclesLo + 4)) << 32 | read(kCyclesLo);
    if (read(kStatus) & 4) memory_.note("the error bit of STATUS is set");
    const bool pass = report(number, job, hang, cycles);
    // The next job finds the design at rest.
    if (hang) reset();
    return pass;
  }

 private:
  void reset() {
    output_steady_ = address_steady_ = {};
    // Registers are random before the first edge: assertions do not hold yet.
    context_->assertOn(false);
    top_.rst = 1;
    for (int n = 0; n < 4; n++) tick();
    top_.rst = 0;
    context_->assertOn(true);
    tick();
  }

  void begin(const Job& job) {
    job_ = &job;
    given_ = 0;
    output_.clear();
    lasts_ = 0;
    started_ = input_held_ = false;
    cycle_ = ticks_ = 0;
    for (int u = 0; u < kUnits; u++) accepts_[u].clear(), dones_[u].clear();
  }

  void write(uint8_t address, uint32_t value) {
    top_.s_axi_awvalid = top_.s_axi_wvalid = 1;
    top_.s_axi_awaddr = address;
    top_.s_axi_wdata = value;
    top_.s_axi_bready = 1;
    do tick(); while (!write_taken_);
    top_.s_axi_awvalid = top_.s_axi_wvalid = 0;
    while (!write_answered_) tick();
  }

  uint32_t read(uint8_t address) {
    top_.s_axi_arvalid = 1;
    top_.s_axi_araddr = address;
    top_.s_axi_rready = 1;
    do tick(); while (!read_taken_);
    top_.s_axi_arvalid = 0;
    while (!read_answered_) tick();
    return read_value_;
  }

  // A clock cycle: inputs are set, outputs settle, handshakes are noted, the edge comes.
  void tick() {
    drive();
    top_.clk = 0;
    top_.eval();
    observe();
    top_.clk = 1;
    top_.eval();
    context_->timeInc(1);
    ticks_++;
    if (started_) cycle_++;
  }

  void drive() {
    if (!input_held_) {
      const bool more = job_ && given_ < job_->input.size() && !input_.stall();
      top_.s_axis_tvalid = more;
      top_.s_axis_tdata = more ? job_->input[given_] : random_.word();
    }
    top_.m_axis_tready = !output_stalls_.stall();
    top_.m_axi_arready = !address_.stall();
    memory_.show(cycle_);
    top_.m_axi_rvalid = memory_.valid();
    top_.m_axi_rlast = memory_.last();
    top_.m_axi_rresp = 0;
    static_assert(sizeof(top_.m_axi_rdata) <= kLargestBeat);
    std::memcpy(&top_.m_axi_rdata, memory_.data(), sizeof(top_.m_axi_rdata));
  }

  void observe() {
    if (top_.rst) return;
    write_taken_ = top_.s_axi_awvalid && top_.s_axi_awready;
    write_answered_ = top_.s_axi_bvalid;
    read_taken_ = top_.s_axi_arvalid && top_.s_axi_arready;
    read_answered_ = top_.s_axi_rvalid;
    read_value_ = top_.s_axi_rdata;
    if (top_.trace_start) started_ = true, cycle_ = 0;
    input_held_ = top_.s_axis_tvalid && !top_.s_axis_tready;
    if (top_.s_axis_tvalid && top_.s_axis_tready) given_++;
    steady(output_steady_, top_.m_axis_tvalid, top_.m_axis_tready, top_.m_axis_tdata, "the output stream");
    if (top_.m_axis_tvalid && top_.m_axis_tready) output_.push_back(top_.m_axis_tdata), lasts_ += top_.m_axis_tlast;
    steady(address_steady_, top_.m_axi_arvalid, top_.m_axi_arready, top_.m_axi_araddr ^ uint64_t(top_.m_axi_arlen) << 56, "AR");
    if (top_.m_axi_arvalid && top_.m_axi_arready) {
      if (top_.m_axi_arburst != 1 || (1u << top_.m_axi_arsize) != sizeof(top_.m_axi_rdata)) memory_.note("AR has a wrong size or type");
      memory_.address(top_.m_axi_araddr, top_.m_axi_arlen + 1, sizeof(top_.m_axi_rdata), cycle_);
    }
    if (top_.m_axi_rvalid && top_.m_axi_rready) memory_.accept();
    for (int u = 0; u < kUnits; u++) {
      if (top_.trace_accept >> u & 1) accepts_[u].push_back(cycle_);
      if (top_.trace_done >> u & 1) dones_[u].push_back(cycle_);
    }
  }

  struct Steady { bool waiting = false; uint64_t value = 0; };
  void steady(Steady& state, bool valid, bool ready, uint64_t value, const char* what) {
    if (state.waiting && (!valid || value != state.value)) memory_.note(std::string(what) + " changed while it waited");
    state = {valid && !ready, value};
  }

  bool report(size_t number, const Job& job, bool hang, uint64_t cycles) {
    size_t wrong = 0, first = kAny;
    for (size_t n = 0; n < output_.size() && n < job.output.size(); n++)
      if (output_[n] != job.output[n] && wrong++ == 0) first = n;
    const std::string trace = compare(job);
    const bool timed = !random_.stalls() && job.cycles != kAny;
    const bool equal = !wrong && output_.size() == job.output.size();
    const bool pass = !hang && equal && given_ == job.input.size() && memory_.notes().empty() && memory_.idle() &&
                      (!timed || cycles == job.cycles) && trace.empty();
    std::printf("{\"job\":%zu,\"pass\":%s,\"hang\":%s,\"equal\":%s,\"outputs\":%zu,\"wrong\":%zu,\"first_wrong\":%lld,\"lasts\":%llu,\"read\":%zu,"
                "\"cycles\":%llu,\"bytes\":%llu,\"trace\":\"%s\",\"protocol\":\"%s\"}\n",
                number, pass ? "true" : "false", hang ? "true" : "false", equal ? "true" : "false", output_.size(), wrong,
                first == kAny ? -1LL : (long long)first, (unsigned long long)lasts_, given_, (unsigned long long)cycles,
                (unsigned long long)memory_.bytes(), trace.c_str(), memory_.notes().c_str());
    std::fflush(stdout);
    return pass;
  }

  // The first difference from the expected trace, or nothing; under stalls cycles are as they are. No instruction may be missing or too much.
  std::string compare(const Job& job) {
    if (job.trace.empty()) return "";
    size_t next[kUnits] = {};
    char text[200];
    for (size_t n = 0; n < job.trace.size(); n++) {
      const Course& want = job.trace[n];
      const size_t at = next[want.unit]++;
      const long long accept = at < accepts_[want.unit].size() ? (long long)accepts_[want.unit][at] : -1;
      const long long done = at < dones_[want.unit].size() ? (long long)dones_[want.unit][at] : -1;
      if (random_.stalls() || (accept == (long long)want.accept && done == (long long)want.done)) continue;
      std::snprintf(text, sizeof text, "instruction %zu (unit %d, its %zu.): accepted %lld not %lld, done %lld not %lld", n,
                    int(want.unit), at, accept, (long long)want.accept, done, (long long)want.done);
      return text;
    }
    for (int u = 0; u < kUnits; u++) {
      if (accepts_[u].size() == next[u] && dones_[u].size() == next[u]) continue;
      std::snprintf(text, sizeof text, "unit %d: %zu instructions accepted, %zu done, not %zu", u, accepts_[u].size(), dones_[u].size(), next[u]);
      return text;
    }
    return "";
  }

  Vbat_top top_;
  VerilatedContext* context_;
  Memory memory_;
  Stalls random_, input_, output_stalls_, address_;
  const Job* job_ = nullptr;
  size_t given_ = 0;
  uint64_t cycle_ = 0, ticks_ = 0, lasts_ = 0;   // from the job's start; from its first register on
  bool started_ = false, input_held_ = false;
  bool write_taken_ = false, write_answered_ = false, read_taken_ = false, read_answered_ = false;
  uint32_t read_value_ = 0;
  std::vector<uint32_t> output_;
  std::vector<uint64_t> accepts_[kUnits], dones_[kUnits];
  Steady output_steady_, address_steady_;
};

}  // namespace

int main(int argc, char** argv) {
  VerilatedContext context;
  Setting setting;
  uint64_t limit = 0;
  for (int n = 2; n + 1 < argc; n += 2) {
    if (!std::strcmp(argv[n], "--stalls")) setting.seed = std::strtoull(argv[n + 1], nullptr, 10), setting.stalls = true;
    else if (!std::strcmp(argv[n], "--limit")) limit = std::strtoull(argv[n + 1], nullptr, 10);
    else Reader::fail("usage: Vbat_top JOBS [--stalls SEED] [--limit CYCLES]");
  }
  if (argc < 2) Reader::fail("usage: Vbat_top JOBS [--stalls SEED] [--limit CYCLES]");
  // Registers and memories start with random bits.
  context.randReset(2);
  context.randSeed(int(setting.seed % 1000000) + 1);
  Reader reader(argv[1]);
  if (reader.number() != 0x31424f4a54414201) Reader::fail("this is no job file");
  setting.latency = reader.number();
  setting.bytes_per_cycle = reader.number();
  const uint64_t jobs = reader.number();
  Bench bench(&context, setting);
  bool good = true;
  for (uint64_t n = 0; n < jobs; n++) {
    const Job job = read_job(reader);
    const uint64_t expected = job.cycles == kAny ? 20000000 : job.cycles;
    good &= bench.run(n, job, limit ? limit : 1000 + expected * (setting.stalls ? 30 : 2));
  }
  return good ? 0 : 1;
}
