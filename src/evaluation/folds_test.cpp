#include "evaluation/folds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace heartbeat::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void Add(std::vector<DatasetEntry>& entries, const std::string& database, Label label, int count,
         const std::string& split = "train") {
  for (int i = 0; i < count; ++i) {
    DatasetEntry& entry = entries.emplace_back();
    entry.database = database;
    entry.record = database + std::to_string(entries.size());
    entry.label = label;
    entry.split = split;
  }
}

std::vector<DatasetEntry> Made() {
  std::vector<DatasetEntry> entries;
  Add(entries, "a", Label::kNormal, 23);
  Add(entries, "a", Label::kAbnormal, 11);
  Add(entries, "a", Label::kNormal, 4, "validation");
  Add(entries, "a", Label::kAbnormal, 4, "validation");
  Add(entries, "b", Label::kNormal, 50);
  Add(entries, "b", Label::kAbnormal, 3);
  Add(entries, "c", Label::kNormal, 12);
  Add(entries, "c", Label::kAbnormal, 7, "");
  entries.emplace_back().record = "unlabelled";
  return entries;
}

std::vector<Fold> Folds(Protocol protocol, const std::vector<DatasetEntry>& entries,
                        const FoldOptions& options = {}) {
  auto folds = MakeFolds(protocol, entries, options);
  EXPECT_TRUE(folds) << folds.error().message;
  return folds ? *folds : std::vector<Fold>();
}

std::string Refusal(Protocol protocol, const std::vector<DatasetEntry>& entries,
                    const FoldOptions& options = {}) {
  const auto folds = MakeFolds(protocol, entries, options);
  return folds ? "" : folds.error().message;
}

TEST(Protocol, NamesReadBack) {
  EXPECT_EQ(ParseProtocol("leave-one-database-out").value(), Protocol::kLeaveOneDatabaseOut);
  EXPECT_THAT(ParseProtocol("bootstrap").error().message, HasSubstr("cross-validation"));
}

TEST(MakeFolds, ValidationLearnsFromTrainAndTestsTheOfficialRows) {
  const auto entries = Made();
  const auto folds = Folds(Protocol::kValidation, entries);
  ASSERT_EQ(folds.size(), 1U);
  EXPECT_EQ(folds[0].train.size(), 106U);
  EXPECT_EQ(folds[0].test.size(), 8U);
  for (const std::size_t i : folds[0].test) EXPECT_EQ(entries[i].split, "validation");
}

TEST(MakeFolds, CrossValidationTestsEachTrainingRowOnce) {
  const auto entries = Made();
  const auto folds = Folds(Protocol::kCrossValidation, entries);
  ASSERT_EQ(folds.size(), 5U);
  std::map<std::size_t, int> tested;
  std::map<std::pair<std::string, Label>, std::set<std::ptrdiff_t>> sizes;
  for (const Fold& fold : folds) {
    EXPECT_EQ(fold.train.size() + fold.test.size(), 106U);
    // Of 106, shared as evenly as can be.
    EXPECT_GE(fold.test.size(), 21U);
    EXPECT_LE(fold.test.size(), 22U);
    for (const std::size_t i : fold.test) ++tested[i];
    for (const char* database : {"a", "b", "c"}) {
      for (const Label label : {Label::kNormal, Label::kAbnormal}) {
        sizes[{database, label}].insert(std::ranges::count_if(fold.test, [&](std::size_t i) {
          return entries[i].database == database && entries[i].label == label;
        }));
      }
    }
  }
  EXPECT_EQ(tested.size(), 106U);
  for (const auto& [i, times] : tested) {
    EXPECT_EQ(times, 1);
    EXPECT_NE(entries[i].split, "validation");
  }
  for (const auto& [cell, counts] : sizes) {
    EXPECT_LE(*counts.rbegin() - *counts.begin(), 1) << "a database x class dealt unevenly";
  }
}

TEST(MakeFolds, TheSeedAndTheEntriesAloneDecide) {
  auto entries = Made();
  const auto names_of_first = [&](std::uint64_t seed) {
    std::set<std::string> names;
    const auto folds = Folds(Protocol::kCrossValidation, entries, {5, seed});
    for (const std::size_t i : folds[0].test) names.insert(entries[i].record);
    return names;
  };
  const auto before = names_of_first(1);
  EXPECT_NE(before, names_of_first(2));
  std::ranges::reverse(entries);
  EXPECT_EQ(before, names_of_first(1)) << "the order in which folders are named does not matter";
  // Golden: a change of the dealing would make old and new figures look comparable.
  EXPECT_THAT(before, ElementsAre("a13", "a18", "a28", "a34", "a5", "a6", "a9", "b45", "b48", "b49",
                                  "b52", "b63", "b66", "b73", "b78", "b86", "b89", "b95", "c103",
                                  "c109", "c110", "c97"));
}

TEST(MakeFolds, LeaveOneDatabaseOutTestsWholeDatabases) {
  const auto entries = Made();
  const auto folds = Folds(Protocol::kLeaveOneDatabaseOut, entries);
  ASSERT_EQ(folds.size(), 3U);
  EXPECT_EQ(folds[0].name, "a");
  EXPECT_EQ(folds[0].test.size(), 42U) << "its validation rows too";
  EXPECT_EQ(folds[0].train.size(), 72U);
  EXPECT_EQ(folds[1].test.size(), 53U);
  EXPECT_EQ(folds[1].train.size(), 53U) << "of database a without its validation rows";
  for (const Fold& fold : folds) {
    for (const std::size_t i : fold.train) {
      EXPECT_NE(entries[i].database, fold.name);
      EXPECT_NE(entries[i].split, "validation");
    }
    for (const std::size_t i : fold.test) EXPECT_EQ(entries[i].database, fold.name);
  }
}

TEST(MakeFolds, PatientsStayTogether) {
  std::vector<DatasetEntry> entries;
  Add(entries, "a", Label::kNormal, 60);
  Add(entries, "a", Label::kAbnormal, 30);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].patient = std::to_string(i % 40);  // some of both classes
  }
  for (const Fold& fold : Folds(Protocol::kCrossValidation, entries, {4, 1})) {
    std::set<std::string> learned;
    for (const std::size_t i : fold.train) learned.insert(entries[i].patient);
    for (const std::size_t i : fold.test) EXPECT_FALSE(learned.contains(entries[i].patient));
    EXPECT_GE(fold.test.size(), 15U);
  }
}

TEST(MakeFolds, CrossValidationKeepsLinkedRecordingsTogether) {
  const auto entries = Made();
  // Across classes and databases, through one of split validation (34), and through each other.
  const std::vector<std::vector<std::size_t>> together = {{0, 30, 50}, {34, 7, 8}, {8, 9}};
  const auto folds = Folds(Protocol::kCrossValidation, entries, {5, 1, together});
  std::map<std::size_t, std::string> tested_in;
  for (const Fold& fold : folds) {
    for (const std::size_t i : fold.test) tested_in[i] = fold.name;
    EXPECT_GE(fold.test.size(), 20U);
  }
  EXPECT_EQ(tested_in.size(), 106U);
  EXPECT_EQ(tested_in.at(0), tested_in.at(30));
  EXPECT_EQ(tested_in.at(0), tested_in.at(50));
  EXPECT_EQ(tested_in.at(7), tested_in.at(8));
  EXPECT_EQ(tested_in.at(7), tested_in.at(9));
  EXPECT_FALSE(tested_in.contains(34)) << "a validation row, though linked to one of train";
}

TEST(MakeFolds, AFoldersNameNeverLeadsOut) {
  std::vector<DatasetEntry> entries;
  for (const char* database : {"../b", "__/b", ""}) {
    Add(entries, database, Label::kNormal, 2);
    Add(entries, database, Label::kAbnormal, 2);
  }
  std::set<std::string> names;
  for (const Fold& fold : Folds(Protocol::kLeaveOneDatabaseOut, entries)) {
    EXPECT_EQ(fold.name.find('/'), std::string::npos);
    EXPECT_NE(fold.name[0], '.');
    names.insert(fold.name);
  }
  EXPECT_EQ(names.size(), 3U);
}

TEST(MakeFolds, WhatIsMissingIsNamed) {
  std::vector<DatasetEntry> entries;
  Add(entries, "a", Label::kNormal, 9);
  EXPECT_THAT(Refusal(Protocol::kValidation, entries), HasSubstr("split validation"));
  EXPECT_THAT(Refusal(Protocol::kLeaveOneDatabaseOut, entries), HasSubstr("two databases"));
  EXPECT_THAT(Refusal(Protocol::kCrossValidation, entries), HasSubstr("all normal"));
  EXPECT_THAT(Refusal(Protocol::kCrossValidation, Made(), {1, 1}), HasSubstr("2 folds"));
  EXPECT_THAT(Refusal(Protocol::kCrossValidation, Made(), {500, 1}), HasSubstr("no labelled"));
  EXPECT_THAT(Refusal(Protocol::kCircorMurmur, Made()), HasSubstr("murmur output"));
  Add(entries, "a", Label::kAbnormal, 2, "validation");
  EXPECT_THAT(Refusal(Protocol::kValidation, entries), HasSubstr("both classes"));
  entries = Made();
  entries[1].record = entries[0].record;
  EXPECT_THAT(Refusal(Protocol::kCrossValidation, entries), HasSubstr("tell them apart"));
  entries = Made();
  entries[0].patient = "p1";
  entries[35].patient = "p1";
  ASSERT_EQ(entries[35].split, "validation");
  EXPECT_THAT(Refusal(Protocol::kValidation, entries), HasSubstr("\"p1\""));
}

TEST(CheckFold, RefusesWhatIsNotHonest) {
  const auto entries = Made();
  Fold fold = Folds(Protocol::kValidation, entries)[0];
  EXPECT_TRUE(CheckFold(fold, entries));
  Fold leaking = fold;
  leaking.test.push_back(leaking.train.front());
  EXPECT_THAT(CheckFold(leaking, entries).error().message, HasSubstr("both learned from"));
  Fold learning = fold;
  learning.train.push_back(34);
  ASSERT_EQ(entries[34].split, "validation");
  EXPECT_THAT(CheckFold(learning, entries).error().message, HasSubstr("not one to learn from"));
}

TEST(QuickFolds, AreTheTwoThatSayMost) {
  const auto entries = Made();
  const auto databases = Folds(Protocol::kLeaveOneDatabaseOut, entries);
  const auto quick = QuickFolds(Protocol::kLeaveOneDatabaseOut, databases, entries);
  ASSERT_EQ(quick.size(), 2U);
  EXPECT_EQ(quick[0].name, "a") << "15 abnormal";
  EXPECT_EQ(quick[1].name, "c") << "7 abnormal; b has 3";
  const auto folds = Folds(Protocol::kCrossValidation, entries);
  const auto first = QuickFolds(Protocol::kCrossValidation, folds, entries);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].name, "fold-2");
  EXPECT_EQ(first[1].test, folds[1].test) << "the same as in full";
}

// A dataset of murmurs without a label: `train` recordings to learn from and 5 of split test, two a
// patient.
void AddMurmurs(std::vector<DatasetEntry>& entries, int train) {
  for (int i = 0; i < train + 5; ++i) {
    DatasetEntry& entry = entries.emplace_back();
    entry.database = "circor";
    entry.record = "m" + std::to_string(i);
    entry.patient = std::to_string(i / 2);
    entry.split = i < train ? "train" : "test";
    entry.patient_murmur = i % 4 < 2 ? Murmur::kPresent : Murmur::kAbsent;
    entry.murmur_at_location = entry.patient_murmur;
  }
}

TEST(AddMurmurRows, JoinEveryTrainingFoldAndNoTest) {
  auto entries = Made();
  AddMurmurs(entries, 12);
  for (const auto protocol :
       {Protocol::kValidation, Protocol::kCrossValidation, Protocol::kLeaveOneDatabaseOut}) {
    const auto before = Folds(protocol, entries);
    auto folds = before;
    const auto added = AddMurmurRows(folds, entries);
    ASSERT_TRUE(added) << added.error().message;
    ASSERT_EQ(folds.size(), before.size());
    for (std::size_t f = 0; f < folds.size(); ++f) {
      EXPECT_EQ(folds[f].test, before[f].test);
      EXPECT_EQ(folds[f].train.size(), before[f].train.size() + 12) << folds[f].name;
      EXPECT_TRUE(std::ranges::is_sorted(folds[f].train));
      for (const std::size_t i : folds[f].train) EXPECT_NE(entries[i].split, "test");
    }
  }
}

TEST(AddMurmurRows, ARowWithALabelTooStaysWhereItIs) {
  auto entries = Made();
  for (DatasetEntry& entry : entries) {
    if (entry.label) entry.murmur_at_location = Murmur::kAbsent;
  }
  const auto before = Folds(Protocol::kCrossValidation, entries);
  auto folds = before;
  ASSERT_TRUE(AddMurmurRows(folds, entries));
  for (std::size_t f = 0; f < folds.size(); ++f) EXPECT_EQ(folds[f].train, before[f].train);
}

TEST(AddMurmurRows, IsRefusedWithoutMurmursOrWithTwoOfAName) {
  auto entries = Made();
  auto folds = Folds(Protocol::kValidation, entries);
  EXPECT_THAT(AddMurmurRows(folds, entries).error().message, HasSubstr("murmur.weight"));
  AddMurmurs(entries, 4);
  entries[entries.size() - 8].record = entries[entries.size() - 9].record;
  folds = Folds(Protocol::kValidation, entries);
  EXPECT_THAT(AddMurmurRows(folds, entries).error().message, HasSubstr("two recordings"));
}

}  // namespace
}  // namespace heartbeat::evaluation
