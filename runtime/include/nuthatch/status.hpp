#ifndef NUTHATCH_STATUS_HPP
#define NUTHATCH_STATUS_HPP

#include <cstdint>

namespace nuthatch {

/// The answer of every call that can fail. Numbers are explicit and never reused; 0 is success.
/// 1-31: `open` refuses the bytes. 32-47: a call is refused. 48-63: a self-test failed. 64-79: the monitor.
/// 80-95: what survives a reboot.
/// The C API has the same numbers (`nuthatch.h`), checked by a test.
enum class [[nodiscard]] Status : std::uint8_t{
    kOk = 0,

    kNull = 1,                   ///< a pointer is null
    kUnaligned = 2,              ///< the model's bytes do not start at a multiple of 8
    kTruncated = 3,              ///< fewer or more bytes than the seal says, or than any model has
    kNotAModel = 4,              ///< the file identifier is not "NHM1"
    kSealBroken = 5,             ///< the seal's magic or size is wrong
    kChecksum = 6,               ///< the CRC-32 does not match: the bytes changed
    kVersion = 7,                ///< made by a newer schema than this runtime knows
    kStructure = 8,              ///< an offset, length or alignment leaves the buffer, or a required field is missing
    kKindNotLinked = 9,          ///< the predictor's kind (or its precision) is not among the parts given to `open`
    kInputNotLinked = 10,        ///< the model's input type is not among the parts given to `open`
    kShape = 11,                 ///< counts or lengths disagree with one another
    kNumber = 12,                ///< a number is not finite or not in its range
    kOverflow = 13,              ///< a sum could leave its integer
    kBudget = 14,                ///< the budget the file claims is not what the model needs
    kPreparationNotLinked = 15,  ///< the model prepares its features, and `Preparation` is not among the parts
    kWork = 16,                  ///< a row could take more steps than are allowed
    kPromise = 17,               ///< the seal promises a signature, a key or an epoch, which nothing here checks

    kNotOpen = 32,       ///< the model was never opened, or `open` refused it
    kWrongInput = 33,    ///< float32 features for an int16 model, or the reverse
    kFeatureCount = 34,  ///< not as many features as the model has
    kOutputCount = 35,   ///< fewer outputs than the model has
    kScratch = 36,       ///< too few scratch words
    kNotFinite = 37,     ///< a feature is infinite: the row is refused
    kMissing = 38,  ///< a feature is missing (NaN, or -32768) and the model has no value to impute: the row is refused
    kIndex = 39,    ///< an index is past the end
    kNoProbability = 40,    ///< the model's scores say nothing of probabilities
    kNoExplanation = 41,    ///< the model's kind explains nothing, or its file has not what that takes
    kUnknownCategory = 42,  ///< a feature is no category that training saw, and the model refuses such rows

    kSelfTest = 48,  ///< a golden row did not give its exact scores

    kMonitorWords = 64,      ///< too few words for the monitor's counters
    kNotAttached = 65,       ///< the monitor (or the probabilities) was never attached to a model
    kSnapshotSize = 66,      ///< too few bytes for a snapshot, or more or fewer than it says
    kNotASnapshot = 67,      ///< the magic or layout is not a snapshot's
    kSnapshotChecksum = 68,  ///< the snapshot's CRC-32 does not match
    kNoMonitor = 69,         ///< the model was trained with its monitor off
    kOtherModel = 70,        ///< the snapshot is of another model, or was counted otherwise

    kRetainedWords = 80,  ///< too few words of retained memory
    kNotBegun = 81,       ///< `begin` was never called, or refused
    kBusy = 82,           ///< the writer came between twice: read again later
    kFlashGeometry = 83,  ///< sectors or program units that no ring can be made of
    kRecordSize = 84,     ///< the record is empty or larger than a sector, or the buffer smaller than the record
    kNoRecord = 85,       ///< the ring has no valid record
    kFlash = 86,          ///< the port could not read, program or erase, or other bytes came back
};

/// The status in a few English words, for logs ("the CRC-32 does not match: the bytes changed").
/// Linked only where it is called. Never null.
const char* status_text(Status status);

}  // namespace nuthatch

#endif
