#include "server/router.h"

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

// "/a/b" gives "a", "b"; "/" gives one empty segment.
std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool IsParameter(std::string_view segment) {
  return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
}

struct Fit {
  std::map<std::string, std::string> parameters;
  std::vector<bool> literal;  // of each segment: the greatest is the most special fit
};

std::optional<Fit> FitPattern(std::string_view pattern, const std::vector<std::string>& path) {
  const auto wanted = Segments(pattern);
  if (wanted.size() != path.size()) return std::nullopt;
  Fit fit;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool is_parameter = IsParameter(wanted[i]);
    if (is_parameter ? path[i].empty() : wanted[i] != path[i]) return std::nullopt;
    fit.literal.push_back(!is_parameter);
    if (is_parameter) {
      fit.parameters.emplace(wanted[i].substr(1, wanted[i].size() - 2), path[i]);
    }
  }
  return fit;
}

std::optional<std::vector<std::string>> Decode(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string> decoded;
  for (const auto segment : Segments(path)) {
    auto text = PercentDecode(segment);
    if (!text || text->find('\0') != std::string::npos) return std::nullopt;
    decoded.push_back(*std::move(text));
  }
  return decoded;
}

std::string Join(const std::set<std::string>& methods) {
  std::string joined;
  for (const auto& method : methods) joined += (joined.empty() ? "" : ", ") + method;
  return joined;
}

}  // namespace

void Router::Add(Route route) {
  assert(route.pattern.starts_with('/'));
  assert(std::ranges::none_of(routes_, [&](const Route& other) {
    return other.method == route.method && other.pattern == route.pattern;
  }));
  routes_.push_back(std::move(route));
}

RouteMatch Router::Match(std::string_view method, std::string_view path) const {
  RouteMatch match;
  const auto segments = Decode(path);
  if (!segments) return match;
  const std::string_view served = method == "HEAD" ? "GET" : method;
  std::set<std::string> methods;
  std::vector<bool> best;
  for (const auto& route : routes_) {
    auto fit = FitPattern(route.pattern, *segments);
    if (!fit) continue;
    methods.insert(route.method);
    if (route.method == "GET") methods.insert("HEAD");
    if (route.method != served || (match.route != nullptr && fit->literal <= best)) continue;
    match.route = &route;
    match.parameters = std::move(fit->parameters);
    best = std::move(fit->literal);
  }
  if (!methods.empty()) methods.insert("OPTIONS");
  match.allow = Join(methods);
  return match;
}

}  // namespace heartbeat::server
