#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace heartbeat::training {

// Draws that are the same on every machine and standard library (the distributions of <random> are
// not), and that depend on their keys alone, so that a resumed run goes on as if it had never
// stopped.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t epoch, std::uint64_t index)
      : engine_(Mix(Mix(Mix(seed) ^ epoch) ^ index)) {}

  // Uniform in [0, 1).
  double Uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  // Uniform in [low, high).
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  // Uniform in [0, count); count > 0. The bias of the modulo is below 2^-40 for what is drawn here.
  std::size_t Index(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  // Standard normal, by Box and Muller.
  double Normal() {
    return std::sqrt(-2 * std::log(1 - Uniform())) * std::cos(2 * std::numbers::pi * Uniform());
  }
  // Beta(alpha, alpha), by Jöhnk's method: for alpha <= 1 it rarely takes more than two tries.
  double SymmetricBeta(double alpha) {
    for (;;) {
      const double x = std::pow(Uniform(), 1 / alpha);
      const double y = std::pow(Uniform(), 1 / alpha);
      if (x + y > 0 && x + y <= 1) return x / (x + y);
    }
  }

 private:
  // SplitMix64 (Steele, Lea & Flood 2014).
  static std::uint64_t Mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
  }
  std::mt19937_64 engine_;
};

}  // namespace heartbeat::training
