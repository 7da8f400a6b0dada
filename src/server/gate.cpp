#include "server/gate.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "server/credentials.h"
#include "server/dispatch.h"
#include "server/foreign_page.h"
#include "server/problem.h"

namespace heartbeat::server {
namespace {

constexpr int kFirstProblem = 400;

Response WithoutTrail(std::string_view request_id) {
  return AnswerError(
      {.code = base::ErrorCode::kStorageFailed,
       .message = "the server could not note this in its audit trail, and gives nothing away of "
                  "which nobody would know: its disk is full, read-only or failing; make room for "
                  "the file of --audit, then try again"},
      request_id);
}

}  // namespace

std::optional<Response> Gate::Refuse(const RequestHead& head, const Route& route,
                                     const Origin& origin, std::string_view host,
                                     std::string_view prediction_id, std::string_view request_id) {
  if (route.is_audited && keepers_.audit != nullptr) {
    route_ = &route;
    method_ = head.method;
    prediction_id_ = prediction_id;
  }
  client_address_ = origin.client_address;
  auto acts_by = keepers_.cors.Allows(head.fields) ? ActsBy::kKey : ActsBy::kReach;
  if (keepers_.access != nullptr) {
    const auto credentials = CredentialsOf(head.fields, origin.scheme);
    acts_by = credentials.key ? ActsBy::kKey : ActsBy::kCookie;
    if (route.scope != Scope::kNone) {
      if (auto refused = LetIn(credentials, route.scope, request_id)) return refused;
    }
    scope_ = route.scope;
  }
  if (MayChangeSomething(head.method) &&
      IsOfForeignPage(head.fields, acts_by, origin.scheme, host)) {
    return RouteRefusalResponse(
        RouteRefusal::kForeignPage,
        "a page of another origin may not ask this of the server; use its own dashboard, or a "
        "program",
        request_id);
  }
  if (route_ != nullptr && keepers_.audit->IsFailing()) return WithoutTrail(request_id);
  return std::nullopt;
}

std::optional<Response> Gate::LetIn(const Credentials& credentials, Scope scope,
                                    std::string_view request_id) {
  auto admitted = keepers_.access->Admit(credentials, scope, client_address_);
  if (admitted) {
    caller_ = *std::move(admitted);
    return std::nullopt;
  }
  const auto& problem = admitted.error();
  caller_ = problem.caller;
  // Whoever only tries should not find it cheap, nor fill the trail.
  is_flood_ = problem.refusal == AccessRefusal::kRateLimited && caller_.key_id.empty();
  return AccessProblemResponse(problem, request_id);
}

bool Gate::StillOpen() const {
  return keepers_.access == nullptr || scope_ == Scope::kNone ||
         keepers_.access->StillAllows(caller_, scope_);
}

std::optional<Response> Gate::Note(const Response* response, std::string_view request_id) {
  if (route_ == nullptr || is_flood_) return std::nullopt;
  AuditRecord record{.request_id = std::string(request_id),
                     .key_id = caller_.key_id,
                     .client_address = client_address_,
                     .method = method_,
                     .route = route_->pattern,
                     .predictions = {},
                     .status = response == nullptr ? 0 : response->status};
  if (!prediction_id_.empty()) record.predictions.push_back(prediction_id_);
  if (response != nullptr) {
    std::ranges::copy(response->predictions, std::back_inserter(record.predictions));
  }
  if (keepers_.audit->Write(record)) return std::nullopt;
  base::LogError("the audit trail cannot be written: request " + record.request_id + " (" +
                 record.method + " " + record.route + ") has no line in it");
  if (response == nullptr || response->status >= kFirstProblem) return std::nullopt;
  return WithoutTrail(request_id);
}

void Gate::KeepForCors(const Fields& fields) {
  if (keepers_.cors.empty()) return;
  for (const auto& [name, value] : fields) {
    if (Cors::Needs(name)) cors_fields_.Add(name, value);
  }
}

void Gate::AddCors(Response& response, std::string_view allow) const {
  keepers_.cors.AddTo(response, cors_fields_, allow);
}

}  // namespace heartbeat::server
