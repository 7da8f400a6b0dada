#include "evaluation/deletion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/test_model.h"
#include "audio/decode.h"
#include "base/file.h"

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kTestData = fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data";

analysis::Analyzer Load(const std::vector<std::byte>& onnx) {
  const fs::path path =
      fs::temp_directory_path() / ("heartbeat-deletion-" + std::to_string(::getpid()) + ".onnx");
  EXPECT_TRUE(base::WriteFileAtomically(path, onnx));
  auto analyzer = analysis::Analyzer::LoadFile(path);
  fs::remove(path);
  EXPECT_TRUE(analyzer) << analyzer.error().message;
  return *std::move(analyzer);
}

audio::Recording Real(const std::string& name) {
  auto decoded = audio::DecodeFile(kTestData / name);
  EXPECT_TRUE(decoded);
  return std::move(decoded->recording);
}

// Of a model whose logit is the mean of its features, every cell's worth is known.
TEST(DeletionTest, ChangesWhatTheEvidenceSays) {
  const auto metadata = analysis::TestMetadata();
  const auto analyzer = Load(analysis::MeanModelWithEvidence(metadata));
  const auto explained = analyzer.Explain(Real("a0001.flac"));
  ASSERT_TRUE(explained) << explained.error().message;
  DeletionOptions options;
  options.shares = {0, 0.1, 1};
  const auto changes = DeleteFrom(analyzer, Real("a0001.flac"), options, 0);
  ASSERT_TRUE(changes) << changes.error().message;
  ASSERT_EQ(changes->size(), 3U);
  for (const double nothing : (*changes)[0]) EXPECT_EQ(nothing, 0);
  // All is gone: what is left is silence, of which the mean is 0.
  const double logit = explained->analysis.mean_logit;
  for (const double all : (*changes)[2]) EXPECT_NEAR(all, std::abs(logit), 1e-6);
  const auto& [evidence, random, loudness] = (*changes)[1];
  EXPECT_GT(evidence, random);
}

TEST(DeletionTest, DrawsAreTheSeeds) {
  const auto analyzer = Load(analysis::MeanModelWithEvidence(analysis::TestMetadata()));
  DeletionOptions options;
  options.shares = {0.1};
  const auto random_of = [&](std::uint64_t seed) {
    return DeleteFrom(analyzer, Real("b0002.flac"), options, seed)
        .value()[0][static_cast<std::size_t>(DeletionOrder::kRandom)];
  };
  EXPECT_EQ(random_of(1), random_of(1));
  EXPECT_NE(random_of(1), random_of(2));
}

TEST(DeletionTest, NeedsAModelWithEvidence) {
  const auto analyzer = Load(analysis::MeanModel(analysis::TestMetadata()));
  const auto changes = DeleteFrom(analyzer, Real("a0001.flac"), {}, 0);
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(changes.error().message, HasSubstr("no evidence"));
}

// What the explanations of the shipped model are worth, on real recordings.
TEST(DeletionTest, TheShippedModelsEvidenceIsWhatItRestsOn) {
  const auto analyzer =
      analysis::Analyzer::LoadFile(fs::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx");
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  const auto entries = ReadDataset(kTestData);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_GE(entries->size(), 8U);
  const std::atomic<bool> never = false;
  const DeletionOptions options;
  const auto results = RunDeletion(*analyzer, *entries, options, never, {});
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->recordings, entries->size());
  ASSERT_EQ(results->shares.size(), 3U);
  for (const auto& share : results->shares) {
    const auto& [evidence, random, loudness] = share.mean_change;
    EXPECT_GT(evidence.value, random.value) << share.share;
    EXPECT_GT(share.more_than_random.low, 0) << share.share;
    EXPECT_LE(share.more_than_random.low, share.more_than_random.value);
    EXPECT_GE(share.more_than_random.high, share.more_than_random.value);
    EXPECT_GT(share.recordings_above.value, 0.5) << share.share;
  }
  EXPECT_EQ(ToJson(*results, options)["shares"].size(), 3U);
  EXPECT_THAT(ToTable(*results), HasSubstr("by evidence"));
}

}  // namespace
}  // namespace heartbeat::evaluation
