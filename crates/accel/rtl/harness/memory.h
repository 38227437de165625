// External memory for the harness: an image behind an AXI4 read port. Without stalls exactly the model of
// crates/accel/src/sim/load.rs (`Bus`): fixed latency, beats in order, an exact average rate. With stalls, latency and gaps
// are random.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

constexpr size_t kLargestBeat = 128;

struct Setting {
  bool stalls = false;
  uint64_t seed = 0, latency = 1, bytes_per_cycle = 1;
  // The same for another stream: streams stall independently.
  Setting other(uint64_t n) const { Setting made = *this; made.seed += n * 1000003; return made; }
};

// The source of all that is random; without stalls it never stalls.
class Stalls {
 public:
  explicit Stalls(Setting setting) : stalls_(setting.stalls), engine_(setting.seed * 2 + 1) {}
  bool stalls() const { return stalls_; }
  uint32_t word() { return uint32_t(engine_()); }
  // The share of stalled cycles changes every few hundred cycles: 0 to 3 in 4, or all, which fills what is behind.
  bool stall() {
    if (!stalls_) return false;
    if (left_-- == 0) left_ = 50 + engine_() % 500, share_ = engine_() % 5;
    return engine_() % 4 < share_;
  }
  uint64_t below(uint64_t n) { return engine_() % n; }
  uint64_t image_base() { return (engine_() & 0xffffffffffull) << 12; }

 private:
  bool stalls_;
  uint64_t left_ = 0, share_ = 0;
  std::mt19937_64 engine_;
};

class Memory {
 public:
  explicit Memory(Setting setting) : setting_(setting), random_({setting.stalls, setting.seed + 77, 0, 0}) {}

  void begin(const std::vector<uint8_t>* image, uint64_t base) {
    image_ = image;
    base_ = base;
    due_ = show_ = bytes_ = 0;
    notes_.clear();
    bursts_.clear();
    valid_ = false;
  }

  // An accepted address.
  void address(uint64_t at, uint64_t beats, uint64_t size, uint64_t cycle) {
    if (at % size) note("a burst is not aligned to beats");
    if (at / 4096 != (at + beats * size - 1) / 4096) note("a burst crosses 4 KiB");
    if (at < base_) note("a burst lies before the image");
    const uint64_t latency = std::max<uint64_t>(setting_.latency, 1) + (setting_.stalls ? random_.below(100) : 0);
    bursts_.push_back({at, beats, size, cycle + latency});
  }

  // Decides what is on the bus in this cycle; what is shown stays until it is accepted.
  void show(uint64_t cycle) {
    cycle_ = cycle;
    if (valid_ || bursts_.empty()) return;
    Burst& burst = bursts_.front();
    const uint64_t rate = std::min(setting_.bytes_per_cycle, burst.size);
    if (cycle < burst.available || cycle < show_ || cycle * rate < due_ || random_.stall()) return;
    const uint64_t credited = cycle * rate - std::min(cycle * rate, rate - 1);
    due_ = std::max(due_, credited) + burst.size;
    valid_ = true;
    for (uint64_t n = 0; n < burst.size; n++) {
      const uint64_t at = burst.at - base_ + n;
      data_[n] = image_ && at < image_->size() ? (*image_)[at] : 0;
    }
  }

  // The shown beat was accepted.
  void accept() {
    Burst& burst = bursts_.front();
    valid_ = false;
    show_ = cycle_ + 1;
    bytes_ += burst.size;
    burst.at += burst.size;
    if (--burst.beats == 0) bursts_.pop_front();
  }

  bool valid() const { return valid_; }
  bool last() const { return valid_ && bursts_.front().beats == 1; }
  const uint8_t* data() const { return data_; }
  bool idle() const { return bursts_.empty(); }
  uint64_t bytes() const { return bytes_; }
  void note(const std::string& what) {
    if (notes_.find(what) == std::string::npos) notes_ += (notes_.empty() ? "" : "; ") + what;
  }
  const std::string& notes() const { return notes_; }

 private:
  struct Burst { uint64_t at, beats, size, available; };
  Setting setting_;
  Stalls random_;
  const std::vector<uint8_t>* image_ = nullptr;
  uint64_t base_ = 0, due_ = 0, show_ = 0, cycle_ = 0, bytes_ = 0;
  bool valid_ = false;
  uint8_t data_[kLargestBeat] = {};
  std::deque<Burst> bursts_;
  std::string notes_;
};
