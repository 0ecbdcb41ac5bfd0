#ifndef NUTHATCH_TRAINER_COMMANDS_WIRED_HPP
#define NUTHATCH_TRAINER_COMMANDS_WIRED_HPP

#include <functional>

#include "commands/device.hpp"

/// Running a model on a board at the end of a wire: its own flashed firmware, under QEMU or behind a serial port.
namespace nuthatch::commands {

/// In front of a serial port's name: "serial:/dev/ttyACM0", "serial:/dev/ttyACM0:57600".
inline constexpr const char* kSerial = "serial:";

/// A flashed board's name, or a serial port.
bool is_wired(const std::string& place);

/// run_on_device for those. The board counts from zero, whatever it had counted before.
DeviceRun run_on_wire(const DeviceJob& job, const exporting::LoadedModel& model,
                      const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace nuthatch::commands

#endif
