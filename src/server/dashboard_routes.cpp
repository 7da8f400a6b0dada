#include "server/dashboard_routes.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/file.h"
#include "server/accept.h"
#include "server/embedded.h"
#include "server/static_file.h"

namespace heartbeat::server {
namespace {

constexpr std::string_view kPage = "index.html";
constexpr std::string_view kAssets = "assets/";
constexpr std::string_view kGzip = ".gz";
constexpr std::string_view kHead = "<head>";
constexpr std::size_t kHashDigits = 8;  // in names as Vite makes them: index-B1x_9aZ0.js
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{32} << 20;
// Mantine sets styles at run time; sound is heard and drawn from blob: URLs.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

// What the page and its files are answered with.
class Dashboard {
 public:
  virtual ~Dashboard() = default;
  [[nodiscard]] virtual base::Result<Response> Page(const Request& request) const = 0;
  // `name`: as it came. Errors: kNotFound.
  [[nodiscard]] virtual base::Result<Response> Asset(const std::string& name,
                                                     const Request& request) const = 0;
};

Keep KeepOf(std::string_view name) {
  const auto stem = name.substr(0, name.find('.'));
  const bool is_hashed =
      stem.size() > kHashDigits + 1 && stem[stem.size() - kHashDigits - 1] == '-';
  return is_hashed ? Keep::kForEver : Keep::kAskAgain;
}

std::unexpected<base::Error> NothingHere() {
  return base::Fail(base::ErrorCode::kNotFound, "there is nothing at this address");
}

// Links in the page are relative. `/heartbeat` without a slash at its end would put them beside the
// base path, and not below it.
std::string WithBase(std::string page, std::string_view base_path) {
  const auto head = page.find(kHead);
  if (!base_path.empty() && head != std::string::npos) {
    page.insert(head + kHead.size(), "<base href=\"" + std::string(base_path) + "/\" />");
  }
  return page;
}

class EmbeddedDashboard final : public Dashboard {
 public:
  explicit EmbeddedDashboard(std::string_view base_path) {
    for (const auto& file : DashboardFiles()) {
      if (file.name == kPage) {
        page_text_ = WithBase(std::string(file.content), base_path);
      } else {
        Add(file);
      }
    }
    page_.emplace(page_text_, MediaTypeOf(kPage));
  }

  [[nodiscard]] base::Result<Response> Page(const Request& request) const override {
    return page_->Answer(request);
  }

  [[nodiscard]] base::Result<Response> Asset(const std::string& name,
                                             const Request& request) const override {
    const auto found = assets_.find(name);
    if (found == assets_.end() || !found->second.plain) return NothingHere();
    const auto& [plain, gzip] = found->second;
    const auto* accepted = request.headers.Find("Accept-Encoding");
    if (!gzip || accepted == nullptr || !AcceptsGzip(*accepted)) return plain->Answer(request);
    auto response = gzip->Answer(request);
    if (!response.body.empty()) response.headers.Add("Content-Encoding", "gzip");
    return response;
  }

 private:
  struct Forms {
    std::optional<StaticFile> plain;
    std::optional<StaticFile> gzip;
  };

  void Add(const EmbeddedFile& file) {
    auto name = file.name;
    name.remove_prefix(kAssets.size());
    const bool is_gzip = name.ends_with(kGzip);
    if (is_gzip) name.remove_suffix(kGzip.size());
    auto& forms = assets_[std::string(name)];
    (is_gzip ? forms.gzip : forms.plain).emplace(file.content, MediaTypeOf(name), KeepOf(name));
  }

  std::string page_text_;
  std::optional<StaticFile> page_;
  std::map<std::string, Forms, std::less<>> assets_;
};

class DashboardFolder final : public Dashboard {
 public:
  DashboardFolder(std::filesystem::path folder, std::string base_path)
      : folder_(std::move(folder)), base_path_(std::move(base_path)) {}

  [[nodiscard]] base::Result<Response> Page(const Request& request) const override {
    auto text = base::ReadTextFile(folder_ / kPage, kMaxFileBytes);
    if (!text) return NothingHere();
    const std::string page = WithBase(*std::move(text), base_path_);
    return StaticFile(page, MediaTypeOf(kPage)).Answer(request);
  }

  [[nodiscard]] base::Result<Response> Asset(const std::string& name,
                                             const Request& request) const override {
    if (!IsPlainName(name)) return NothingHere();
    const auto text = base::ReadTextFile(folder_ / kAssets / name, kMaxFileBytes);
    if (!text) return NothingHere();
    return StaticFile(*text, MediaTypeOf(name), KeepOf(name)).Answer(request);
  }

 private:
  // Of no way out of the folder.
  static bool IsPlainName(std::string_view name) {
    return !name.starts_with('.') && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-';
    });
  }

  std::filesystem::path folder_;
  std::string base_path_;
};

Response Guarded(Response response) {
  response.headers.Add("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.Add("Referrer-Policy", "no-referrer");
  return response;
}

base::Result<Response> AnswerPage(const Dashboard& dashboard, const Request& request) {
  auto response = dashboard.Page(request);
  if (!response) return base::Fail(response);
  return Guarded(*std::move(response));
}

base::Result<Response> AnswerAsset(const Dashboard& dashboard, const Request& request) {
  auto response = dashboard.Asset(request.parameters.at("file"), request);
  if (!response) return base::Fail(response);
  response->headers.Add("Vary", "Accept-Encoding");
  return Guarded(*std::move(response));
}

}  // namespace

void AddDashboardRoutes(Router& router, const ApiContextPtr& context) {
  const auto& options = context->options;
  const bool is_folder = !options.web_dir.empty();
  std::shared_ptr<const Dashboard> dashboard;
  if (is_folder) {
    dashboard = std::make_shared<DashboardFolder>(options.web_dir, options.base_path);
  } else {
    dashboard = std::make_shared<EmbeddedDashboard>(options.base_path);
  }

  Route page;
  page.method = "GET";
  page.pattern = "/";
  page.operation = "getDashboard";
  page.summary = "The dashboard";
  page.scope = Scope::kNone;
  page.runs_on = is_folder ? RunsOn::kWorkPool : RunsOn::kIoThread;
  Route asset = page;
  page.handler = [dashboard](Request& request) { return AnswerPage(*dashboard, request); };
  router.Add(std::move(page));

  asset.pattern = "/assets/{file}";
  asset.operation = "getDashboardFile";
  asset.summary = "What the dashboard consists of";
  asset.handler = [dashboard](Request& request) { return AnswerAsset(*dashboard, request); };
  router.Add(std::move(asset));
}

}  // namespace heartbeat::server
