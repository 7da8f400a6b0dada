#include "training/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "training/test_examples.h"

namespace heartbeat::training {
namespace {

using evaluation::Label;

std::vector<Example> Unequal() {
  std::vector<Example> examples;
  const auto add = [&](const char* database, Label label, int count) {
    for (int i = 0; i < count; ++i) {
      examples.emplace_back();
      examples.back().entry.database = database;
      examples.back().entry.label = label;
    }
  };
  add("big", Label::kNormal, 1600);
  add("small", Label::kNormal, 100);
  add("small", Label::kAbnormal, 4);
  return examples;
}

TEST(HoldOut, IsAPartitionStratifiedByCell) {
  const auto examples = Unequal();
  const Split split = HoldOut(examples, 0.1, 1);
  std::set<std::size_t> all(split.learn.begin(), split.learn.end());
  all.insert(split.holdout.begin(), split.holdout.end());
  EXPECT_EQ(all.size(), examples.size());
  EXPECT_EQ(split.learn.size() + split.holdout.size(), examples.size());
  const auto held_of = [&](std::size_t first, std::size_t count) {
    return std::ranges::count_if(split.holdout,
                                 [&](std::size_t i) { return i >= first && i < first + count; });
  };
  EXPECT_EQ(held_of(0, 1600), 160);
  EXPECT_EQ(held_of(1600, 100), 10);
  EXPECT_EQ(held_of(1700, 4), 0) << "too few to spare one";
}

TEST(HoldOut, DependsOnTheSeedAlone) {
  const auto examples = Unequal();
  EXPECT_EQ(HoldOut(examples, 0.1, 1).holdout, HoldOut(examples, 0.1, 1).holdout);
  EXPECT_NE(HoldOut(examples, 0.1, 1).holdout, HoldOut(examples, 0.1, 2).holdout);
}

TEST(HoldOut, APatientNeverStandsOnBothSides) {
  auto examples = Unequal();
  for (std::size_t i = 0; i < examples.size(); ++i) {
    // Three recordings each; the last patient of each database has both classes.
    examples[i].entry.patient = std::to_string(i / 3);
    if (i % 30 == 0) examples[i].entry.label = Label::kAbnormal;
  }
  const Split split = HoldOut(examples, 0.1, 1);
  const auto patients_of = [&](const std::vector<std::size_t>& indices) {
    std::set<std::string> patients;
    for (const std::size_t i : indices) {
      patients.insert(examples[i].entry.database + "/" + examples[i].entry.patient);
    }
    return patients;
  };
  const auto learn = patients_of(split.learn);
  const auto held = patients_of(split.holdout);
  EXPECT_EQ(split.learn.size() + split.holdout.size(), examples.size());
  EXPECT_NEAR(static_cast<double>(held.size()), 57, 3) << "a tenth of 569 patients";
  for (const std::string& patient : held) EXPECT_FALSE(learn.contains(patient)) << patient;
}

TEST(HoldOut, WhatHasNoLabelChangesNothingOfTheOthers) {
  auto examples = Unequal();
  const Split before = HoldOut(examples, 0.1, 1);
  const std::size_t first = examples.size();
  AddMurmurExamples(TinyConfig(), 40, examples);  // of each of three classes, two a patient
  const Split split = HoldOut(examples, 0.1, 1);
  std::vector<std::size_t> labelled;
  std::map<evaluation::Murmur, int> held;
  std::set<std::string> held_patients;
  for (const std::size_t i : split.holdout) {
    const auto& entry = examples[i].entry;
    if (i < first) labelled.push_back(i);
    if (i >= first) ++held[entry.murmur_at_location.value()];
    if (i >= first) held_patients.insert(entry.patient);
  }
  EXPECT_EQ(labelled, before.holdout);
  // A tenth of 20 patients of each class.
  EXPECT_EQ(held[evaluation::Murmur::kPresent], 4);
  EXPECT_EQ(held[evaluation::Murmur::kUnknown], 4);
  EXPECT_EQ(held[evaluation::Murmur::kAbsent], 4);
  for (const std::size_t i : split.learn) {
    EXPECT_TRUE(i < first || !held_patients.contains(examples[i].entry.patient)) << i;
  }
}

TEST(Sampler, PassesOverWhatHasNoLabel) {
  auto examples = Unequal();
  const std::size_t first = examples.size();
  AddMurmurExamples(TinyConfig(), 300, examples);
  std::vector<std::size_t> all(examples.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const Sampler sampler(examples, all, SamplingConfig{});
  Random random(3, 0, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(sampler.Draw(random), first);
}

TEST(Sampler, CellsWithMurmursWeighMoreWhereToldTo) {
  auto examples = Unequal();
  const std::size_t first = examples.size();
  AddMurmurExamples(TinyConfig(), 100, examples);
  for (std::size_t i = first; i < examples.size(); ++i) {
    const bool heard = examples[i].entry.murmur_at_location == evaluation::Murmur::kPresent;
    examples[i].entry.label = heard ? Label::kAbnormal : Label::kNormal;
  }
  std::vector<std::size_t> all(examples.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto share = [&](double weight) {
    const Sampler sampler(examples, all, SamplingConfig{}, weight);
    Random random(3, 0, 0);
    int drawn = 0;
    int abnormal = 0;
    while (abnormal < 10000) {
      const std::size_t i = sampler.Draw(random);
      if (examples[i].entry.label != Label::kAbnormal) continue;
      ++abnormal;
      if (i >= first) ++drawn;
    }
    return drawn / 10000.0;
  };
  // Of the abnormal ones, sqrt(100) are the murmurs' and sqrt(4) the other database's. Five
  // standard deviations are at most 0.019.
  EXPECT_NEAR(share(1), 10.0 / 12, 0.019);
  EXPECT_NEAR(share(3), 30.0 / 32, 0.019);
}

// Of many draws, the share of each database x class. Five standard deviations of it are at most
// 0.018.
std::map<std::pair<std::string, Label>, double> Shares(const std::vector<Example>& examples,
                                                       const std::string& first) {
  std::vector<std::size_t> all(examples.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  SamplingConfig config;
  config.first = first;
  config.cell_cap = 400;
  config.cell_power = 0.5;
  const Sampler sampler(examples, all, config);
  Random random(3, 0, 0);
  constexpr int kDraws = 20000;
  std::map<std::pair<std::string, Label>, double> shares;
  for (int i = 0; i < kDraws; ++i) {
    const auto& entry = examples[sampler.Draw(random)].entry;
    shares[{entry.database, *entry.label}] += 1.0 / kDraws;
  }
  return shares;
}

TEST(Sampler, ClassFirstBalancesClassesAndDampsLargeDatabases) {
  auto shares = Shares(Unequal(), "class");
  // Half are abnormal; of the normal half, sqrt(400) : sqrt(100) = 2 : 1 come from the big
  // database.
  EXPECT_NEAR((shares[{"small", Label::kAbnormal}]), 0.5, 0.018);
  EXPECT_NEAR((shares[{"big", Label::kNormal}]), 1.0 / 3, 0.018);
}

TEST(Sampler, DatabaseFirstBalancesClassesWithinEachDatabase) {
  auto examples = Unequal();
  const auto big_abnormal = examples.size();
  examples.resize(big_abnormal + 25);
  for (std::size_t i = big_abnormal; i < examples.size(); ++i) {
    examples[i].entry.database = "big";
    examples[i].entry.label = Label::kAbnormal;
  }
  auto shares = Shares(examples, "database");
  // Geometric means: sqrt(20 * 5) = 10 for the big one, sqrt(10 * 2) = 4.47 for the small one.
  EXPECT_NEAR((shares[{"big", Label::kNormal}]), 0.3455, 0.018);
  EXPECT_NEAR((shares[{"big", Label::kAbnormal}]), 0.3455, 0.018);
  EXPECT_NEAR((shares[{"small", Label::kNormal}]), 0.1545, 0.018);
  EXPECT_NEAR((shares[{"small", Label::kAbnormal}]), 0.1545, 0.018);
}

TEST(Sampler, DatabaseFirstTakesWhatADatabaseHas) {
  auto shares = Shares(Unequal(), "database");
  // The big one has one class only, and weighs sqrt(400) = 20 beside 4.47.
  EXPECT_NEAR((shares[{"big", Label::kNormal}]), 0.817, 0.018);
  EXPECT_FALSE(shares.contains({"big", Label::kAbnormal}));
}

TEST(Sampler, LogOddsAreThoseOfTheDraws) {
  auto examples = Unequal();
  examples.emplace_back();
  examples.back().entry.database = "big";
  examples.back().entry.label = Label::kAbnormal;
  std::vector<std::size_t> all(examples.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const Sampler by_class(examples, all, SamplingConfig{});
  // Of the normal draws 20 : 10 come from the big database, of the abnormal ones 1 : 2.
  EXPECT_NEAR(by_class.LogOdds("big"), std::log((1.0 / 3) / (2.0 / 3)), 1e-12);
  EXPECT_NEAR(by_class.LogOdds("small"), std::log((2.0 / 3) / (1.0 / 3)), 1e-12);
  EXPECT_EQ(by_class.LogOdds("unheard of"), 0);
  SamplingConfig database_first;
  database_first.first = "database";
  EXPECT_EQ(Sampler(examples, all, database_first).LogOdds("big"), 0);

  all.pop_back();  // now the big one has normal recordings only
  EXPECT_EQ(Sampler(examples, all, SamplingConfig{}).LogOdds("big"), 0);
}

}  // namespace
}  // namespace heartbeat::training
