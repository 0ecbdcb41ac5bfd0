// Retained counters: a reset at every store, an interrupt at every access, and memory that forgets.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "nuthatch/nuthatch.hpp"
#include "nuthatch/retained.hpp"
#include "unit/survival_ram.hpp"

namespace nuthatch::test {
namespace {

constexpr std::size_t kPayload = 6;
constexpr std::uint32_t kFresh = 5000;
constexpr Owner kOwnerA = {{0x11111111, 0x22222222}, 2};
constexpr Owner kOwnerB = {{0x11111111, 0x33333333}, 2};

/// Counters that tell which state they are: no mixture of two states is a state.
std::vector<std::uint32_t> words_of(std::uint32_t count) {
  std::vector<std::uint32_t> words(kPayload, 0);
  for (std::size_t i = 0; count != 0 && i < kPayload; ++i) {
    words[i] = i == 0 ? count : (count * 2654435761U) ^ static_cast<std::uint32_t>(i * 40503);
  }
  return words;
}

/// What the device is known to hold, by rules written down a second time.
struct Known {
  bool any = false;
  Owner owner;
  Life life;
  std::uint32_t count = 0;
  CrashContext crash;
  bool armed = false;
  std::uint32_t armed_hash = 0;
  std::uint32_t armed_outcome = 0;
};

bool same(const Owner& a, const Owner& b) {
  return a.model[0] == b.model[0] && a.model[1] == b.model[1] && a.layout == b.layout;
}

bool same(const Life& a, const Life& b) {
  return a.epoch == b.epoch && a.sequence == b.sequence && a.boots == b.boots && a.flags == b.flags;
}

bool same(const CrashContext& a, const CrashContext& b) {
  return a.crashes == b.crashes && (a.crashes == 0 || (a.input_hash == b.input_hash && a.status == b.status &&
                                                       a.predicted_class == b.predicted_class));
}

Known booted(Known known, const Owner& owner, bool cold) {
  if (cold || !known.any) {
    known = Known();
    known.life = {kFresh, 0, 0, cold ? kPowerWasOff : kCountersLost};
  } else if (!same(known.owner, owner)) {
    known.life = {known.life.epoch + 1, 0, known.life.boots, kOwnerChanged};
    known.count = 0;
  } else {
    known.life.flags |= kRestored;
  }
  known.any = true;
  known.owner = owner;
  ++known.life.boots;
  if (known.armed) {
    if (known.crash.crashes == 0) {
      known.crash.input_hash = known.armed_hash;
      known.crash.predicted_class = static_cast<std::uint16_t>(known.armed_outcome & 0xFFFF);
      known.crash.status = static_cast<std::uint16_t>(known.armed_outcome >> 16);
    }
    ++known.crash.crashes;
    known.armed = false;
  }
  return known;
}

/// A snapshot that left the device.
struct Emitted {
  Life stamp;
  std::uint32_t count;
};

template <class Rules>
class Device {
 public:
  explicit Device(Ram& ram) : ram_(&ram) {
    state_.copy_words = (ram.words.size() - detail::kCrashWords) / 2;
    state_.payload_words = kPayload;
  }

  detail::RetainedWriter<SimulatedMemory, Rules> writer() { return {SimulatedMemory{ram_}, state_}; }
  detail::CrashGuard<SimulatedMemory> guard() { return detail::CrashGuard<SimulatedMemory>({ram_}); }
  void begin(const Owner& owner, bool cold, std::uint32_t fresh = kFresh) {
    writer().begin(owner, {cold, fresh, 0}, words.data());
  }
  const detail::RetainedState& state() const { return state_; }
  detail::RetainedState& state() { return state_; }

  bool holds(const Known& known) const {
    return words == words_of(known.count) && same(state_.life, known.life) && same(state_.crash, known.crash);
  }

  std::vector<std::uint32_t> words = std::vector<std::uint32_t>(kPayload, 0xDEADBEEF);

 private:
  Ram* ram_;
  detail::RetainedState state_;
};

enum class Do { kColdBoot, kBootA, kBootB, kSave, kSnapshot, kRenew, kArm, kNote, kDisarm, kClear };

/// Boots, saves, snapshots, crashes, changes of the model.
const std::vector<Do> kScript = {
    Do::kColdBoot, Do::kSave,  Do::kSave,     Do::kSnapshot, Do::kSave,  Do::kArm,   Do::kNote,     Do::kBootA,
    Do::kSave,     Do::kArm,   Do::kBootA,    Do::kSnapshot, Do::kClear, Do::kArm,   Do::kDisarm,   Do::kBootA,
    Do::kSave,     Do::kRenew, Do::kSnapshot, Do::kSave,     Do::kBootB, Do::kSave,  Do::kSnapshot, Do::kArm,
    Do::kBootA,    Do::kSave,  Do::kSnapshot, Do::kBootA,    Do::kSave,  Do::kRenew, Do::kBootA};

/// Runs the script on the protocol and on what is known, side by side, up to where the memory dies.
template <class Rules>
class Run {
 public:
  explicit Run(std::int64_t stores) : random_(7), ram(retained_words(kPayload)), device(ram) {
    ram.power_off(random_);
    ram.stores_left = stores;
    for (const Do what : kScript) {
      before = after;
      cold = what == Do::kColdBoot;
      const std::optional<Life> stamp = step(what);
      if (ram.is_dead()) return;
      if (stamp) emitted.push_back({*stamp, after.count});
      if (!device.holds(after)) ++wrong;
    }
    before = after;
  }

 private:
  std::mt19937 random_;

  std::optional<Life> step(Do what) {
    switch (what) {
      case Do::kColdBoot:
      case Do::kBootA:
      case Do::kBootB:
        owner = what == Do::kBootB ? kOwnerB : kOwnerA;
        after = booted(after, owner, cold);
        device = Device<Rules>(ram);
        device.begin(owner, cold);
        break;
      case Do::kSave:
        count();
        device.writer().save(device.words.data());
        break;
      case Do::kSnapshot:
        count();
        ++after.life.sequence;
        return device.writer().take_sequence(device.words.data());
      case Do::kRenew:
        after.life = {after.life.epoch + 1, 0, after.life.boots, kRenewed};
        after.count = 0;
        device.writer().renew(device.words.data());
        break;
      case Do::kArm:
        after.armed = true;
        after.armed_hash = 1000 + after.life.boots;
        after.armed_outcome = detail::kNoOutcome;
        device.guard().arm(after.armed_hash, after.life.boots);
        break;
      case Do::kNote:
        after.armed_outcome = 0x00050003;
        device.guard().note(after.armed_outcome);
        break;
      case Do::kDisarm:
        after.armed = false;
        device.guard().disarm();
        break;
      case Do::kClear:
        after.crash = CrashContext();
        device.writer().clear_crash(device.words.data());
        break;
    }
    return std::nullopt;
  }

  void count() {
    after.count = ++counted_;
    device.words = words_of(after.count);
  }

  std::uint32_t counted_ = 0;

 public:
  Ram ram;
  Device<Rules> device;
  Known before;  // the step that died began with this
  Known after;   // and would have ended with that
  Owner owner;
  bool cold = false;
  std::vector<Emitted> emitted;
  int wrong = 0;
};

/// Counters of an epoch never fall below a snapshot's, and a sequence is never given twice.
template <class Rules>
int repeats(Device<Rules>& device, const std::vector<Emitted>& emitted) {
  int wrong = 0;
  const std::uint32_t count = device.words[0];
  const Life stamp = device.writer().take_sequence(device.words.data());
  for (const Emitted& other : emitted) {
    if (other.stamp.epoch != stamp.epoch) continue;
    if (other.stamp.sequence >= stamp.sequence || other.count > count) ++wrong;
  }
  return wrong;
}

/// Boots a copy of the memory, and says if what it finds is none of what may be there.
template <class Rules>
int boot_after(Ram ram, const Owner& owner, bool cold, const std::vector<Known>& candidates,
               const std::vector<Emitted>& emitted) {
  ram.stores_left = -1;
  Device<Rules> device(ram);
  device.begin(owner, cold);
  int wrong = ram.faulted || ram.out_of_bounds ? 1 : 0;
  const auto is_it = [&](const Known& known) { return device.holds(booted(known, owner, cold)); };
  if (std::none_of(candidates.begin(), candidates.end(), is_it)) ++wrong;
  return wrong + repeats(device, emitted);
}

/// A reset at every store, and at every store of the boot that follows. Returns how often something was wrong.
template <class Rules>
int kill_everywhere() {
  const std::size_t all = Run<Rules>(-1).ram.stores;
  int wrong = Run<Rules>(-1).wrong;
  for (std::size_t n = 0; n < all; ++n) {
    Run<Rules> run(static_cast<std::int64_t>(n));
    wrong += run.wrong + (run.ram.faulted || run.ram.out_of_bounds ? 1 : 0);
    const std::vector<Known> once = {run.before, run.after};
    for (const Owner& owner : {run.owner, same(run.owner, kOwnerA) ? kOwnerB : kOwnerA}) {
      wrong += boot_after<Rules>(run.ram, owner, run.cold, once, run.emitted);
      if (!same(owner, run.owner)) continue;
      std::vector<Known> twice = once;
      for (const Known& known : once) twice.push_back(booted(known, owner, run.cold));
      for (std::int64_t m = 0;; ++m) {
        Ram again = run.ram;
        again.stores_left = m;
        Device<Rules>(again).begin(owner, run.cold);
        if (!again.is_dead()) break;
        // It had power all the time, or the port still knows that it had not.
        wrong += boot_after<Rules>(again, owner, run.cold, twice, run.emitted);
      }
    }
  }
  return wrong;
}

/// Words that changed by themselves, one or many, while the device slept. Whatever is restored is a state that was
/// saved, and not below a snapshot's.
template <class Rules>
int forget_everywhere() {
  std::mt19937 random(11);
  const std::size_t all = Run<Rules>(-1).ram.stores;
  const std::size_t words = retained_words(kPayload);
  int wrong = 0;
  for (std::size_t n = all / 3; n < all; n += 5) {
    Run<Rules> run(static_cast<std::int64_t>(n));
    if (run.cold) continue;
    for (std::size_t trial = 0; trial < 4 * words; ++trial) {
      Ram ram = run.ram;
      ram.stores_left = -1;
      const std::size_t first = trial % words;
      // Of one copy; at last of the whole memory.
      const std::size_t last = trial < 3 * words ? first + 1 : first + random() % (words - first) + 1;
      for (std::size_t i = first; i < last; ++i)
        ram.words[i] ^= trial < words ? 1U << random() % 32 : static_cast<std::uint32_t>(random());
      Device<Rules> device(ram);
      device.begin(run.owner, false, 2 * kFresh);
      if (device.words != words_of(device.words[0])) ++wrong;
      if (device.words[0] > run.after.count && run.after.count != 0) ++wrong;
      wrong += repeats(device, run.emitted);
    }
  }
  return wrong;
}

struct NoCrc : detail::EveryRule {
  static constexpr bool kChecksCrc = false;
};
struct NoOwner : detail::EveryRule {
  static constexpr bool kChecksOwner = false;
};
struct PublishedFirst : detail::EveryRule {
  static constexpr bool kPublishesLast = false;
};
struct PublishedFirstNoCrc : NoCrc {
  static constexpr bool kPublishesLast = false;
};
struct OneCopy : detail::EveryRule {
  static constexpr bool kKeepsNewest = false;
};

/// A device with two saves behind it, and what it would do next.
template <class Rules>
struct Pair {
  Pair() : ram(retained_words(kPayload)), device(ram) {
    device.begin(kOwnerA, true);
    save();
    save();
  }
  void save() {
    device.words = words_of(++count);
    device.writer().save(device.words.data());
  }

  Ram ram;
  Device<Rules> device;
  std::uint32_t count = 0;
};

/// A reader at every store of the writer: the old state or the new one, never busy.
template <class Rules>
int read_at_every_store(void (*write)(Pair<Rules>&)) {
  Pair<Rules> pair;
  int wrong = 0;
  std::size_t readings = 0;
  std::uint32_t highest = pair.count;
  const std::uint32_t old = pair.count;
  pair.ram.at_store = [&] {
    std::vector<std::uint32_t> words(kPayload);
    Life life;
    const detail::RetainedReader<SimulatedMemory> reader({&pair.ram}, pair.device.state());
    if (reader.load(words.data(), life) != Status::kOk || words != words_of(words[0])) ++wrong;
    const bool is_new = words[0] != old;
    if (words[0] != old && words[0] != pair.device.words[0]) ++wrong;
    if (is_new) highest = words[0];
    if (!is_new && highest != old) ++wrong;  // back to the old one
    ++readings;
  };
  write(pair);
  return wrong + (readings < kPayload ? 1 : 0);
}

/// The writer, `saves` times, at one load of the reader or (at: -1) at each.
struct Overtaken {
  int wrong = 0;
  int busy = 0;
};
template <class Rules>
Overtaken write_at_load(std::int64_t at, int saves) {
  Pair<Rules> pair;
  Overtaken result;
  std::int64_t loads = 0;
  const std::uint32_t old = pair.count;
  pair.ram.at_load = [&] {
    if (at >= 0 && loads++ != at) return;
    for (int i = 0; i < saves; ++i) pair.save();
  };
  std::vector<std::uint32_t> words(kPayload);
  Life life;
  const detail::RetainedReader<SimulatedMemory> reader({&pair.ram}, pair.device.state());
  const Status status = reader.load(words.data(), life);
  if (status == Status::kBusy) {
    ++result.busy;
  } else if (status != Status::kOk || words != words_of(words[0]) || words[0] < old || words[0] > pair.count) {
    ++result.wrong;
  }
  return result;
}

}  // namespace

TEST_CASE("retained: a reset at every store leaves the last state or the one before, and no number is given twice") {
  CHECK(kill_everywhere<detail::EveryRule>() == 0);
}

TEST_CASE("retained: words that change by themselves are never counted") {
  CHECK(forget_everywhere<detail::EveryRule>() == 0);
}

TEST_CASE("retained: the simulations see each rule that is left out") {
  CHECK(kill_everywhere<OneCopy>() > 0);
  CHECK(kill_everywhere<NoOwner>() > 0);
  CHECK(kill_everywhere<PublishedFirstNoCrc>() > 0);
  CHECK(forget_everywhere<NoCrc>() > 0);
  CHECK(read_at_every_store<PublishedFirst>([](auto& pair) { pair.save(); }) > 0);
  CHECK(read_at_every_store<OneCopy>([](auto& pair) { pair.save(); }) > 0);
  // CRC and order each keep a torn copy out.
  CHECK(kill_everywhere<NoCrc>() == 0);
  CHECK(kill_everywhere<PublishedFirst>() == 0);
}

TEST_CASE("retained: an interrupt at every store of the writer reads the old state or the new") {
  using Rules = detail::EveryRule;
  CHECK(read_at_every_store<Rules>([](auto& pair) { pair.save(); }) == 0);
  CHECK(read_at_every_store<Rules>([](auto& pair) {
          pair.device.words = words_of(++pair.count);
          (void)pair.device.writer().take_sequence(pair.device.words.data());
        }) == 0);
  CHECK(read_at_every_store<Rules>([](auto& pair) { pair.device.writer().renew(pair.device.words.data()); }) == 0);
  CHECK(read_at_every_store<Rules>([](auto& pair) { pair.device.writer().clear_crash(pair.device.words.data()); }) ==
        0);
}

TEST_CASE("retained: a writer at every load of the reader is seen, or the reader is busy") {
  using Rules = detail::EveryRule;
  Pair<Rules> pair;
  const std::size_t before = pair.ram.loads;
  std::vector<std::uint32_t> words(kPayload);
  Life life;
  REQUIRE(detail::RetainedReader<SimulatedMemory>({&pair.ram}, pair.device.state()).load(words.data(), life) ==
          Status::kOk);
  const auto loads = static_cast<std::int64_t>(pair.ram.loads - before);
  REQUIRE(loads > static_cast<std::int64_t>(kPayload));
  for (std::int64_t at = 0; at < 2 * loads; ++at) {
    for (int saves = 1; saves <= 4; ++saves) {
      const Overtaken once = write_at_load<Rules>(at, saves);
      CHECK(once.wrong == 0);
      CHECK(once.busy == 0);  // the second attempt is undisturbed
    }
  }
  int busy = 0;
  for (int saves = 1; saves <= 4; ++saves) {
    const Overtaken always = write_at_load<Rules>(-1, saves);
    CHECK(always.wrong == 0);
    busy += always.busy;
  }
  CHECK(busy > 0);
}

TEST_CASE("retained: memory that is garbage at a warm boot is lost, and readers do not take it") {
  std::mt19937 random(5);
  for (int trial = 0; trial < 200; ++trial) {
    Ram ram(retained_words(kPayload));
    ram.power_off(random);
    ram.written.assign(ram.words.size(), true);
    Device<detail::EveryRule> device(ram);
    device.begin(kOwnerA, false, 3 * kFresh);
    CHECK(device.state().life.flags == kCountersLost);
    CHECK(device.state().life.epoch == 3 * kFresh);
    CHECK(device.words == words_of(0));
    CHECK(device.state().crash.crashes == 0);
    for (std::uint32_t count = 0; count < 4; ++count) {
      std::vector<std::uint32_t> words(kPayload);
      Life life;
      const detail::RetainedReader<SimulatedMemory> reader({&ram}, device.state());
      REQUIRE(reader.load(words.data(), life) == Status::kOk);
      CHECK(words == words_of(count));
      CHECK(life.epoch == 3 * kFresh);
      device.words = words_of(count + 1);
      device.writer().save(device.words.data());
    }
  }
}

TEST_CASE("retained: generations wrap") {
  Pair<detail::EveryRule> pair;
  pair.device.state().generation = 0xFFFFFFFD;
  pair.save();
  pair.save();
  for (int i = 0; i < 6; ++i) {
    pair.save();
    Ram ram = pair.ram;
    Device<detail::EveryRule> device(ram);
    device.begin(kOwnerA, false);
    CHECK(device.words == words_of(pair.count));
  }
}

TEST_CASE("retained: the first crash stays until it is cleared, later ones are counted") {
  std::vector<std::uint32_t> words(3), memory(retained_words(3));
  const auto boot = [&](bool cold) {
    Retained retained;
    REQUIRE(retained.begin(memory, kOwnerA, {cold, 1, 0}, words) == Status::kOk);
    return retained;
  };
  Retained retained = boot(true);
  CHECK(retained.crash().crashes == 0);
  retained.arm(123);
  retained.note(7, Status::kOk);
  retained.disarm();
  retained = boot(false);
  CHECK(retained.crash().crashes == 0);
  retained.arm(124);
  retained = boot(false);
  CHECK(retained.crash().crashes == 1);
  CHECK(retained.crash().input_hash == 124);
  CHECK(retained.crash().predicted_class == 0xFFFF);
  CHECK(retained.crash().status == 0xFFFF);
  retained.arm(125);
  retained.note(7, Status::kMissing);
  retained = boot(false);
  CHECK(retained.crash().crashes == 2);
  CHECK(retained.crash().input_hash == 124);
  REQUIRE(retained.clear_crash(words) == Status::kOk);
  CHECK(retained.crash().crashes == 0);
  retained = boot(false);
  CHECK(retained.crash().crashes == 0);
  retained.arm(126);
  retained.note(70000, Status::kMissing);
  retained = boot(false);
  CHECK(retained.crash().input_hash == 126);
  CHECK(retained.crash().predicted_class == 0xFFFF);
  CHECK(retained.crash().status == static_cast<std::uint16_t>(Status::kMissing));
}

TEST_CASE("retained: refusals") {
  std::vector<std::uint32_t> words(3), memory(retained_words(3));
  Retained retained;
  Life life;
  CHECK(retained.save(words) == Status::kNotBegun);
  CHECK(retained.take_sequence(words, life) == Status::kNotBegun);
  CHECK(retained.renew(words) == Status::kNotBegun);
  CHECK(retained.clear_crash(words) == Status::kNotBegun);
  CHECK(retained.load(words, life) == Status::kNotBegun);
  retained.arm(1);
  retained.disarm();
  const Span<std::uint32_t> none;
  CHECK(retained.begin(none, kOwnerA, {}, words) == Status::kNull);
  CHECK(retained.begin(memory, kOwnerA, {}, {nullptr, 3}) == Status::kNull);
  CHECK(retained.begin({memory.data(), 3}, kOwnerA, {}, none) == Status::kRetainedWords);
  CHECK(retained.begin({memory.data(), memory.size() - 1}, kOwnerA, {}, words) == Status::kRetainedWords);
  CHECK(retained.save(words) == Status::kNotBegun);
  REQUIRE(retained.begin(memory, kOwnerA, {}, words) == Status::kOk);
  CHECK(retained.save({words.data(), 2}) == Status::kMonitorWords);
  CHECK(retained.save({nullptr, 3}) == Status::kMonitorWords);
  CHECK(retained.load({words.data(), 2}, life) == Status::kMonitorWords);
  REQUIRE(retained.begin(memory, kOwnerA, {}, none) == Status::kOk);
  CHECK(retained.save(none) == Status::kOk);
  Model closed;
  CHECK(owner_of(closed).layout == 0);
}

TEST_CASE("retained: the hash of an input tells inputs apart, the same everywhere") {
  const std::vector<float> row = {1, -2.5F, 0};
  std::vector<float> other = row;
  CHECK(input_hash(Span<const float>(row.data(), 3)) == 0x39CDF2D7U);
  std::swap(other[0], other[2]);
  CHECK(input_hash(Span<const float>(row.data(), 3)) != input_hash(Span<const float>(other.data(), 3)));
  const std::vector<std::int16_t> raw = {1, -2, 0};
  CHECK(input_hash(Span<const std::int16_t>(raw.data(), 3)) == 0x9EFA1199U);
}

}  // namespace nuthatch::test
