#include "cli/paths.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using testing::ElementsAre;

class PathsTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override {
    fs::permissions(folder_, fs::perms::owner_all);
    fs::remove_all(folder_);
  }
  void Touch(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
  }
  // Paths below the folder; those with an error end in " !".
  [[nodiscard]] std::vector<std::string> Expand(const std::vector<std::string>& names) const {
    std::vector<std::string> arguments;
    arguments.reserve(names.size());
    for (const auto& name : names) {
      arguments.push_back(name == kStandardInput ? name : (folder_ / name).string());
    }
    std::vector<std::string> found;
    for (const Input& input : ExpandPaths(arguments)) {
      const std::string start = folder_.string() + "/";
      found.push_back(input.path.starts_with(start) ? input.path.substr(start.size()) : input.path);
      if (input.error) found.back() += " !";
    }
    return found;
  }

  fs::path folder_ = fs::temp_directory_path() / ("heartbeat-paths-" + std::to_string(::getpid()));
};

TEST_F(PathsTest, AFolderGivesItsRecordingsSorted) {
  for (const auto* name :
       {"d/b.wav", "d/a.FLAC", "d/e/x.Mp3", "d/e/y.opus", "d/f/z.oga", "d/c.ogg", "d/notes.txt",
        "d/wav", "d/a.hea", "d/.hidden.wav", "d/.git/object.wav"}) {
    Touch(name);
  }
  EXPECT_THAT(Expand({"d"}), ElementsAre("d/a.FLAC", "d/b.wav", "d/c.ogg", "d/e/x.Mp3",
                                         "d/e/y.opus", "d/f/z.oga"));
}

TEST_F(PathsTest, ANamedFileNeedsNoExtension) {
  Touch("recording");
  Touch(".hidden.wav");
  EXPECT_THAT(Expand({"recording", ".hidden.wav"}), ElementsAre("recording", ".hidden.wav"));
}

TEST_F(PathsTest, KeepsOrderAndRepetition) {
  Touch("b.wav");
  Touch("a.wav");
  EXPECT_THAT(Expand({"b.wav", "-", "a.wav", "b.wav"}),
              ElementsAre("b.wav", "-", "a.wav", "b.wav"));
}

TEST_F(PathsTest, ExpandsPatternsThatTheShellLeft) {
  for (const auto* name : {"a1.wav", "a2.wav", "b1.wav", "d1/x.wav"}) Touch(name);
  EXPECT_THAT(Expand({"a?.wav"}), ElementsAre("a1.wav", "a2.wav"));
  EXPECT_THAT(Expand({"[bd]1*"}), ElementsAre("b1.wav", "d1/x.wav"));
  EXPECT_THAT(Expand({"z*.wav"}), ElementsAre("z*.wav !"));
}

TEST_F(PathsTest, AFileNamedLikeAPatternIsItself) {
  Touch("a[1].wav");
  Touch("a1.wav");
  EXPECT_THAT(Expand({"a[1].wav"}), ElementsAre("a[1].wav"));
}

TEST_F(PathsTest, AnEmptyFolderIsAnErrorThatSaysSo) {
  fs::create_directories(folder_ / "empty");
  const auto inputs = ExpandPaths(std::vector{(folder_ / "empty").string()});
  ASSERT_EQ(inputs.size(), 1U);
  ASSERT_TRUE(inputs[0].error);
  EXPECT_EQ(inputs[0].error->code, ErrorCode::kNotFound);
  EXPECT_THAT(inputs[0].error->message, testing::HasSubstr("holds no recordings"));
}

TEST_F(PathsTest, AMissingFileStaysForWhoOpensIt) {
  EXPECT_THAT(Expand({"none.wav"}), ElementsAre("none.wav"));
}

TEST_F(PathsTest, LinksToFoldersEndNowhere) {
  Touch("d/a.wav");
  fs::create_directory_symlink("..", folder_ / "d" / "loop");
  fs::create_symlink("a.wav", folder_ / "d" / "b.wav");
  fs::create_symlink("gone.wav", folder_ / "d" / "c.wav");
  EXPECT_THAT(Expand({"d"}), ElementsAre("d/a.wav", "d/b.wav"));
  EXPECT_THAT(Expand({"d/loop"}), ElementsAre("d/loop/d/a.wav", "d/loop/d/b.wav"))
      << "a link that is named itself is followed";
}

TEST_F(PathsTest, OneUnreadableFolderDoesNotHideTheRest) {
  Touch("d/a/x.wav");
  Touch("d/b/y.wav");
  fs::permissions(folder_ / "d" / "a", fs::perms::none);
  const uid_t user = ::geteuid();
  constexpr uid_t kNobody = 65534;
  if (user == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0) << "root reads everything";
  }
  const auto found = Expand({"d"});
  if (user == 0) {
    ASSERT_EQ(::seteuid(user), 0);
  }
  fs::permissions(folder_ / "d" / "a", fs::perms::owner_all);
  EXPECT_THAT(found, ElementsAre("d/a !", "d/b/y.wav"));
}

}  // namespace
}  // namespace heartbeat::cli
