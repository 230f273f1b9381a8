#include "aggregate/spike_detector.h"

namespace rcodescope {

class SpikeDetector::State {};

SpikeDetector::SpikeDetector(const SpikeOptions&) : state_(std::make_unique<State>()) {}
SpikeDetector::~SpikeDetector() = default;
SpikeDetector::SpikeDetector(SpikeDetector&&) noexcept = default;
SpikeDetector& SpikeDetector::operator=(SpikeDetector&&) noexcept = default;

void SpikeDetector::Add(const Window&) {}

std::span<const Spike> SpikeDetector::active() const { return {}; }
std::span<const Spike> SpikeDetector::ended() const { return {}; }

}  // namespace rcodescope
