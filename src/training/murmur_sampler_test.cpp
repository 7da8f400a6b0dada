#include "training/murmur_sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "training/test_examples.h"

namespace heartbeat::training {
namespace {

using evaluation::Murmur;

void Add(std::vector<Example>& examples, const char* database, Murmur murmur, int count) {
  for (int i = 0; i < count; ++i) {
    examples.emplace_back();
    examples.back().entry.database = database;
    examples.back().entry.murmur_at_location = murmur;
  }
}

std::vector<std::size_t> All(const std::vector<Example>& examples) {
  std::vector<std::size_t> all(examples.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

class MurmurSamplerTest : public testing::Test {
 protected:
  void SetUp() override {
    examples_ = MakeExamples(TinyConfig(), 3);  // with labels, and nothing on murmurs
    Add(examples_, "first", Murmur::kPresent, 100);
    Add(examples_, "first", Murmur::kUnknown, 25);
    Add(examples_, "first", Murmur::kAbsent, 900);
    Add(examples_, "second", Murmur::kAbsent, 100);
    config_.cell_cap = 400;
    config_.cell_power = 0.5;
  }
  std::vector<Example> examples_;
  SamplingConfig config_;
};

TEST_F(MurmurSamplerTest, DrawsCellsByTheirWeightAndNothingElse) {
  const MurmurSampler sampler(examples_, All(examples_), config_);
  ASSERT_FALSE(sampler.IsEmpty());
  Random random(3, 0, 0);
  constexpr int kDraws = 20000;
  std::map<std::pair<std::string, Murmur>, double> shares;
  for (int i = 0; i < kDraws; ++i) {
    const auto& entry = examples_[sampler.Draw(random)].entry;
    ASSERT_TRUE(entry.murmur_at_location);
    shares[{entry.database, *entry.murmur_at_location}] += 1.0 / kDraws;
  }
  // Square roots of at most 400: 10, 5, 20 and 10. Five standard deviations are at most 0.018.
  EXPECT_NEAR((shares[{"first", Murmur::kPresent}]), 10.0 / 45, 0.018);
  EXPECT_NEAR((shares[{"first", Murmur::kUnknown}]), 5.0 / 45, 0.018);
  EXPECT_NEAR((shares[{"first", Murmur::kAbsent}]), 20.0 / 45, 0.018);
  EXPECT_NEAR((shares[{"second", Murmur::kAbsent}]), 10.0 / 45, 0.018);
}

TEST_F(MurmurSamplerTest, LogSharesAreThoseOfADatabase) {
  const MurmurSampler sampler(examples_, All(examples_), config_);
  const auto first = sampler.LogShares("first");
  EXPECT_NEAR(first[0], std::log(10.0 / 35), 1e-12);
  EXPECT_NEAR(first[1], std::log(5.0 / 35), 1e-12);
  EXPECT_NEAR(first[2], std::log(20.0 / 35), 1e-12);
  const auto second = sampler.LogShares("second");
  EXPECT_EQ(second[0], MurmurSampler::kNever);
  EXPECT_EQ(second[2], 0);
  EXPECT_EQ(sampler.LogShares("unheard of")[2], MurmurSampler::kNever);
}

TEST_F(MurmurSamplerTest, IsEmptyWithoutMurmurs) {
  examples_ = MakeExamples(TinyConfig(), 3);
  EXPECT_TRUE(MurmurSampler(examples_, All(examples_), config_).IsEmpty());
}

}  // namespace
}  // namespace heartbeat::training
