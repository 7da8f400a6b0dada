#include "server/form.h"

#include <gtest/gtest.h>

#include <string>

namespace heartbeat::server {
namespace {

const FormSpec kSpec{.file_keys = {"file"}, .field_keys = {"location"}, .max_files = 1};

FormLimits SmallLimits() {
  FormLimits limits;
  limits.max_file_bytes = 100;
  limits.max_field_bytes = 10;
  limits.memory_bytes = 20;
  limits.form_memory_bytes = 50;
  return limits;
}

std::string Part(std::string_view disposition, std::string_view content) {
  return "--b\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\n" +
         std::string(content) + "\r\n";
}

base::Result<Form> Read(std::string_view body) {
  FormReader reader("b", kSpec, SmallLimits());
  if (auto fed = reader.Feed(body); !fed) return base::Fail(fed);
  return reader.Finish();
}

std::string Content(FormFile& file) {
  const auto bytes = file.content.Bytes();
  return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "";
}

TEST(Form, KeepsWhatTheRouteWantsAndDropsTheRest) {
  auto form = Read(Part("name=location", "AV") + Part("name=other; filename=x", "dropped") +
                   Part("name=file; filename=\"a.wav\"", std::string(60, 'x')) +
                   Part("name=location", "MV") + Part("name=location2", "TV") + "--b--");
  ASSERT_TRUE(form) << form.error().message;
  ASSERT_EQ(form->files.size(), 1U);
  EXPECT_EQ(form->files[0].key, "file");
  EXPECT_EQ(form->files[0].file_name, "a.wav");
  EXPECT_TRUE(form->files[0].content.in_file());
  EXPECT_EQ(Content(form->files[0]), std::string(60, 'x'));
  EXPECT_EQ(form->fields, (std::map<std::string, std::string>{{"location", "MV"}}));
}

TEST(Form, TakesAFileWithoutAName) {
  auto form = Read(Part("name=file", "bytes") + "--b--");
  ASSERT_TRUE(form) << form.error().message;
  ASSERT_EQ(form->files.size(), 1U);
  EXPECT_EQ(form->files[0].file_name, "");
  EXPECT_EQ(Content(form->files[0]), "bytes");
}

TEST(Form, HoldsEveryPartToItsLimit) {
  EXPECT_TRUE(Read(Part("name=file", std::string(100, 'x')) + "--b--"));
  for (const auto& body :
       {Part("name=file", std::string(101, 'x')), Part("name=location", std::string(11, 'x')),
        Part("name=other", std::string(101, 'x'))}) {
    const auto form = Read(body + "--b--");
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().code, base::ErrorCode::kBodyTooLarge);
  }
}

TEST(Form, GoesOnBehindAFileThatIsTooLarge) {
  const FormSpec batch{
      .file_keys = {"files"}, .field_keys = {"location"}, .max_files = 9, .keep_going = true};
  const auto read = [&batch](const std::string& body) {
    FormReader reader("b", batch, SmallLimits());
    auto fed = reader.Feed(body);
    return fed ? reader.Finish() : base::Result<Form>(base::Fail(fed));
  };
  auto form = read(Part("name=files; filename=1", "one") +
                   Part("name=files; filename=2", std::string(500, 'x')) +
                   Part("name=other", std::string(500, 'x')) +
                   Part("name=files; filename=3", std::string(100, 'y')) + "--b--");
  ASSERT_TRUE(form) << form.error().message;
  ASSERT_EQ(form->files.size(), 3U);
  EXPECT_FALSE(form->files[0].error);
  ASSERT_TRUE(form->files[1].error);
  EXPECT_EQ(form->files[1].error->code, base::ErrorCode::kBodyTooLarge);
  EXPECT_EQ(form->files[1].file_name, "2");
  EXPECT_EQ(form->files[1].content.size(), 0U);
  EXPECT_FALSE(form->files[2].error);
  EXPECT_EQ(Content(form->files[0]), "one");
  EXPECT_EQ(Content(form->files[2]), std::string(100, 'y'));
  // A field that is too large is no file that could be left out.
  EXPECT_FALSE(read(Part("name=location", std::string(11, 'x')) + "--b--"));
}

TEST(Form, RefusesMoreFilesThanWanted) {
  const auto form = Read(Part("name=file", "1") + Part("name=file", "2") + "--b--");
  ASSERT_FALSE(form);
  EXPECT_EQ(form.error().code, base::ErrorCode::kBadRequest);
  EXPECT_NE(form.error().message.find("`file`"), std::string::npos);
}

TEST(Form, BoundsTheMemoryOfAllFilesTogether) {
  const FormSpec batch{
      .file_keys = {"files"}, .field_keys = {}, .max_files = 9, .keep_going = true};
  FormReader reader("b", batch, SmallLimits());
  std::string body;
  for (int i = 0; i < 4; ++i)
    body += Part("name=files", std::string(20, static_cast<char>('a' + i)));
  ASSERT_TRUE(reader.Feed(body + "--b--"));
  auto form = reader.Finish();
  ASSERT_TRUE(form);
  ASSERT_EQ(form->files.size(), 4U);
  EXPECT_FALSE(form->files[1].content.in_file());
  EXPECT_TRUE(form->files[2].content.in_file());
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(Content(form->files[i]), std::string(20, static_cast<char>('a' + i)));
  }
}

TEST(Form, HandsOnTheParsersErrors) {
  EXPECT_EQ(Read(Part("name=file", "1")).error().code, base::ErrorCode::kBadRequest);
  EXPECT_EQ(Read("--b?").error().code, base::ErrorCode::kBadRequest);
}

}  // namespace
}  // namespace heartbeat::server
