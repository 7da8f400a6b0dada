#include "evaluation/markup.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heartbeat::evaluation {
namespace {

TEST(EscapeHtml, NothingGetsOutOfTextOrAttribute) {
  EXPECT_EQ(EscapeHtml("<script>a && \"b\" 'c'</script>"),
            "&lt;script&gt;a &amp;&amp; &quot;b&quot; &#39;c&#39;&lt;/script&gt;");
  EXPECT_EQ(EscapeHtml(std::string_view("a\0b\x1B[0m", 7)), "a\uFFFDb\uFFFD[0m");
  EXPECT_EQ(EscapeHtml("Geräusch"), "Geräusch");
}

TEST(NumberText, RoundsAndHasNoSignOfNothing) {
  EXPECT_EQ(NumberText(0.125, 2), "0.12");
  EXPECT_EQ(NumberText(-12.3456, 1), "-12.3");
  EXPECT_EQ(NumberText(-0.004, 2), "0.00");
  EXPECT_EQ(NumberText(2798, 0), "2798");
  EXPECT_EQ(NumberText(std::nan(""), 2), "–");
  EXPECT_EQ(NumberText(INFINITY, 2), "–");
}

}  // namespace
}  // namespace heartbeat::evaluation
