#include "nuthatch/status.hpp"

namespace nuthatch {

const char* status_text(Status status) {
  switch (status) {
    case Status::kOk: return "ok";
    case Status::kNull: return "a pointer is null";
    case Status::kUnaligned: return "the model's bytes do not start at a multiple of 8";
    case Status::kTruncated: return "the size is not what the seal says";
    case Status::kNotAModel: return "not a Nuthatch model (identifier NHM1 missing)";
    case Status::kSealBroken: return "the seal at the end of the file is missing or broken";
    case Status::kChecksum: return "the CRC-32 does not match: the bytes changed";
    case Status::kVersion: return "made by a newer version than this runtime knows";
    case Status::kStructure: return "an offset leaves the file, or a required field is missing";
    case Status::kKindNotLinked: return "the model's kind is not linked in";
    case Status::kInputNotLinked: return "the model's input type is not linked in";
    case Status::kShape: return "counts or lengths in the model disagree";
    case Status::kNumber: return "a number in the model is not finite or out of its range";
    case Status::kOverflow: return "a sum in the model could overflow";
    case Status::kBudget: return "the model's budget is not what it needs";
    case Status::kPreparationNotLinked: return "the model prepares its features, and that part is not linked in";
    case Status::kWork: return "a row could take more steps than are allowed";
    case Status::kPromise: return "the seal promises a signature, a key or an epoch that nothing here checks";
    case Status::kNotOpen: return "the model is not open";
    case Status::kWrongInput: return "float32 features for an int16 model, or the reverse";
    case Status::kFeatureCount: return "not as many features as the model has";
    case Status::kOutputCount: return "fewer outputs than the model has";
    case Status::kScratch: return "too few scratch words";
    case Status::kNotFinite: return "a feature is infinite";
    case Status::kMissing: return "a feature is missing that was never missing in training";
    case Status::kIndex: return "the index is past the end";
    case Status::kNoProbability: return "the model has no probabilities";
    case Status::kNoExplanation: return "the model does not explain its scores";
    case Status::kUnknownCategory: return "a feature is a category that training never saw";
    case Status::kSelfTest: return "a golden row did not give its exact scores";
    case Status::kMonitorWords: return "too few words for the monitor";
    case Status::kNotAttached: return "the monitor is not attached to a model";
    case Status::kSnapshotSize: return "the snapshot's size is wrong";
    case Status::kNotASnapshot: return "not a Nuthatch monitor snapshot of a known layout";
    case Status::kSnapshotChecksum: return "the snapshot's CRC-32 does not match";
    case Status::kNoMonitor: return "the model was trained with its monitor off";
    case Status::kOtherModel: return "the snapshot is of another model, or was counted otherwise";
    case Status::kRetainedWords: return "too few words of retained memory";
    case Status::kNotBegun: return "begin was not called, or refused";
    case Status::kBusy: return "the writer came between twice";
    case Status::kFlashGeometry: return "no ring can be made of these sectors or program units";
    case Status::kRecordSize: return "the record does not fit, or is empty";
    case Status::kNoRecord: return "the ring has no valid record";
    case Status::kFlash: return "the flash could not be read, programmed or erased";
  }
  return "unknown status";
}

}  // namespace nuthatch
