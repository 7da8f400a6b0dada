#include "server/login_routes.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "server/access.h"
#include "server/credentials.h"
#include "server/header_value.h"
#include "server/json_response.h"
#include "server/problem.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::json;

constexpr int kNoContent = 204;
constexpr std::string_view kLogIn = "/login";
constexpr std::uint64_t kMaxBodyBytes = 4096;

// `Session` of the API's document. `key`: nullopt where nobody is logged in.
json SessionJson(bool is_login_required, const std::optional<ApiKey>& key) {
  json answer = {{"login_required", is_login_required}, {"key", nullptr}};
  if (!key) return answer;
  auto scopes = json::array();
  for (const auto scope : key->scopes.List()) scopes.push_back(Name(scope));
  answer["key"] = {{"id", key->id}, {"name", key->name}, {"scopes", scopes}, {"expires", nullptr}};
  if (key->expires) answer["key"]["expires"] = base::FormatUtc(*key->expires);
  return answer;
}

base::Result<Access*> AccessOf(const ApiContext& context) {
  if (context.access != nullptr) return context.access;
  return Fail(ErrorCode::kNotFound,
              "nobody has to log in to this server: it was started without keys (`heartbeat serve "
              "--keys FILE` is how to start it with them)");
}

bool IsJson(const Request& request) {
  const auto* type = request.headers.Find("Content-Type");
  const auto parsed = type == nullptr ? std::nullopt : ParseHeaderValue(*type);
  return parsed && parsed->value == "application/json";
}

base::Result<std::string> KeyOf(const Request& request) {
  // A form of another page can send no such type.
  if (!IsJson(request)) {
    return Fail(ErrorCode::kUnsupportedFormat,
                "the body must be JSON; send the header Content-Type: application/json with it");
  }
  const auto body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || body.size() != 1 || !body.contains("key") || !body["key"].is_string()) {
    return Fail(ErrorCode::kBadRequest, R"(the body must be a JSON object with the text `key`, )"
                                        R"(such as {"key":"hb_…"})");
  }
  return std::string(Trim(body["key"].get_ref<const std::string&>()));
}

base::Result<Response> LogIn(const ApiContext& context, const Request& request) {
  const auto access = AccessOf(context);
  if (!access) return Fail(access);
  const auto key = KeyOf(request);
  if (!key) return Fail(key);
  const auto begun = (*access)->Begin(*key, request.client_address);
  if (!begun) return AccessProblemResponse(begun.error(), request.id);
  // Whoever logs in anew leaves no session behind that nobody can end.
  (*access)->End(CredentialsOf(request.headers, request.scheme));
  auto response = JsonResponse(SessionJson(true, begun->key));
  response.headers.Add("Set-Cookie", SessionCookie(begun->session, request.scheme));
  return response;
}

base::Result<Response> LogOut(const ApiContext& context, const Request& request) {
  const auto access = AccessOf(context);
  if (!access) return Fail(access);
  (*access)->End(CredentialsOf(request.headers, request.scheme));
  Response response;
  response.status = kNoContent;
  response.headers.Add("Set-Cookie", EndedSessionCookie(request.scheme));
  return response;
}

base::Result<Response> AnswerSession(const ApiContext& context, const Request& request) {
  if (context.access == nullptr) return JsonResponse(SessionJson(false, std::nullopt));
  const auto key = context.access->Identify(CredentialsOf(request.headers, request.scheme));
  return JsonResponse(SessionJson(true, key));
}

}  // namespace

void AddLoginRoutes(Router& router, const ApiContextPtr& context) {
  const auto add = [&](std::string method, std::string pattern, std::string operation,
                       std::string summary, auto answer) {
    Route route;
    route.method = std::move(method);
    route.pattern = std::move(pattern);
    route.operation = std::move(operation);
    route.summary = std::move(summary);
    route.scope = Scope::kNone;
    route.max_body_bytes = kMaxBodyBytes;
    route.keeps_body = route.pattern == kLogIn;
    route.handler = [context, answer](Request& request) { return answer(*context, request); };
    router.Add(std::move(route));
  };
  add("POST", std::string(kLogIn), "logIn", "A key for a cookie: for people at a browser", LogIn);
  add("POST", "/logout", "logOut", "End the session of the cookie", LogOut);
  add("GET", "/session", "getSession", "Whether one has to log in, and who has", AnswerSession);
}

}  // namespace heartbeat::server
