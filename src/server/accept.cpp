#include "server/accept.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

struct Range {
  HeaderValue media;
  double quality = 1;
};

// nullopt: the range does not fit. Greater: more special.
using Specificity = std::optional<std::size_t>;

std::optional<double> ParseQuality(std::string_view text) {
  double quality = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), quality, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(quality >= 0 && quality <= 1)) return std::nullopt;
  return quality;
}

bool IsIgnored(std::string_view parameter) {
  return parameter == "charset" || parameter == "escaping";
}

std::optional<Range> ParseRange(std::string_view text) {
  auto media = ParseHeaderValue(text);
  if (!media || media->value.find('/') == std::string::npos) return std::nullopt;
  Range range{.media = *std::move(media), .quality = 1};
  auto& parameters = range.media.parameters;
  const auto weight =
      std::ranges::find(parameters, "q", &std::pair<std::string, std::string>::first);
  if (weight != parameters.end()) {
    const auto quality = ParseQuality(weight->second);
    if (!quality) return std::nullopt;
    range.quality = *quality;
    parameters.erase(weight, parameters.end());
  }
  std::erase_if(parameters, [](const auto& parameter) { return IsIgnored(parameter.first); });
  return range;
}

// Splits at commas outside quotes.
std::vector<Range> ParseAccept(std::string_view accept) {
  std::vector<Range> ranges;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= accept.size(); ++i) {
    if (i < accept.size()) {
      if (quoted && accept[i] == '\\')
        ++i;
      else if (accept[i] == '"')
        quoted = !quoted;
      if (i >= accept.size() || quoted || accept[i] != ',') continue;
    }
    if (auto range = ParseRange(Trim(accept.substr(begin, i - begin)))) {
      ranges.push_back(*std::move(range));
    }
    begin = i + 1;
  }
  return ranges;
}

Specificity Fit(const Range& range, const HeaderValue& offer) {
  if (range.media.value == "*/*") return 0;
  const auto slash = offer.value.find('/');
  if (range.media.value == offer.value.substr(0, slash) + "/*") return 1;
  if (range.media.value != offer.value) return std::nullopt;
  for (const auto& [name, value] : range.media.parameters) {
    const auto* wanted = offer.Find(name);
    if (wanted == nullptr || !EqualsIgnoringCase(*wanted, value)) return std::nullopt;
  }
  return 2 + range.media.parameters.size();
}

}  // namespace

std::size_t ChooseMediaType(std::string_view accept, std::span<const std::string_view> offers) {
  const auto ranges = ParseAccept(accept);
  std::size_t chosen = 0;
  std::pair<double, std::size_t> best = {0, 0};
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const auto offer = ParseHeaderValue(offers[i]);
    Specificity closest;
    double quality = 0;
    for (const auto& range : ranges) {
      const auto fit = Fit(range, *offer);
      if (!fit || (closest && *fit <= *closest)) continue;
      closest = fit;
      quality = range.quality;
    }
    if (!closest || quality <= 0) continue;
    const std::pair candidate = {quality, std::min<std::size_t>(*closest, 2)};
    if (candidate > best) {
      best = candidate;
      chosen = i;
    }
  }
  return chosen;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  std::optional<bool> named;
  bool any = false;
  while (!accept_encoding.empty()) {
    const auto comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const auto coding = ParseHeaderValue(Trim(accept_encoding.substr(0, comma)));
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    if (!coding) continue;
    const auto* weight = coding->Find("q");
    const auto quality = weight == nullptr ? 1 : ParseQuality(*weight);
    if (!quality) continue;
    if (coding->value == "gzip") named = *quality > 0;
    if (coding->value == "*") any = *quality > 0;
  }
  return named.value_or(any);
}

}  // namespace heartbeat::server
