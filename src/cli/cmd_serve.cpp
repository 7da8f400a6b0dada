#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/data_folder.h"
#include "cli/default_model.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/self_description.h"
#include "cli/trainer.h"
#include "server/key_file.h"
#include "server/log_file.h"
#include "server/server.h"
#include "server/server_options.h"

namespace heartbeat::cli {
namespace {

struct ServeOptions {
  server::ServerOptions server;
  std::string model;
  std::string data_dir;  // "": the user's
  bool no_store = false;
  std::string log_level = "info";
  std::string request_log;  // "": standard error
  std::string keys;         // "": that of the data folder, where there is one; or "off"
  std::string audit;        // "": in the data folder; or "off"
};

constexpr std::string_view kOff = "off";

std::string Address(const server::ServerOptions& options, std::uint16_t port) {
  const std::string address = options.Address();
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return (options.HasTls() ? "https://" : "http://") + (is_ipv6 ? "[" + address + "]" : address) +
         ":" + std::to_string(port) + options.base_path;
}

// ", for 30 days": how long and how large, where there is a bound.
std::string Bounds(const server::ServerOptions& options) {
  const auto number = [](double value) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return std::string(digits.data(), end.ptr);
  };
  std::string text;
  if (options.keep_days > 0) text += ", for " + number(options.keep_days) + " days";
  if (options.keep_gib > 0) text += ", up to " + number(options.keep_gib) + " GiB";
  return text;
}

constexpr double kMaxSeconds = 86'400;

// A deadline as an option in seconds. `duration` must outlive the parsing.
void AddSeconds(CLI::App& verb, const std::string& name, std::chrono::milliseconds& duration,
                const std::string& description) {
  verb.add_option_function<double>(
          name,
          [&duration](const double& seconds) {
            duration = std::chrono::milliseconds(std::llround(seconds * 1e3));
          },
          description)
      ->check(CLI::Range(0.001, kMaxSeconds).description(""))
      ->type_name("SECONDS")
      ->default_str(std::to_string(duration.count() / 1000));
}

void AddDoor(CLI::App& verb, ServeOptions& options) {
  verb.add_option(
          "--keys", options.keys,
          "Let in only who has a key of this file, which heartbeat keys writes and SIGHUP "
          "has read again (default: keys.toml in the data folder, where there is one); off: "
          "nobody has to log in")
      ->type_name("FILE|off");
  verb.add_option(
          "--cors-origin", options.server.cors_origins,
          "Pages of this origin, such as https://viewer.example.org, may use the API from a "
          "browser; may be repeated, or divided by commas")
      ->type_name("URL")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--audit", options.audit,
                  "Where a line of JSON goes for each access to a recording (default: audit.jsonl "
                  "in the data folder; with --no-store and without keys off)")
      ->type_name("FILE|off");
}

void AddProxyOptions(CLI::App& verb, server::ServerOptions& server) {
  verb.add_option("--tls-cert", server.tls_certificate,
                  "Serve HTTPS with this certificate: PEM, followed by those of its chain")
      ->type_name("FILE");
  verb.add_option("--tls-key", server.tls_key, "The certificate's key: PEM, without a password")
      ->type_name("FILE");
  verb.add_option("--trusted-proxy", server.trusted_proxies,
                  "A reverse proxy, or a range of them such as 10.0.0.0/8, whose X-Forwarded-For, "
                  "-Proto, -Host or Forwarded headers are believed; may be repeated, or divided by "
                  "commas")
      ->type_name("ADDRESS[/BITS]")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--base-path", server.base_path,
                  "The path under which everything is served, such as /heartbeat")
      ->type_name("PATH");
}

void AddDeadlines(CLI::App& verb, server::ServerOptions& server) {
  AddSeconds(verb, "--header-timeout", server.header_timeout,
             "For the TLS handshake, and for the header of a request; then 408");
  AddSeconds(verb, "--body-timeout", server.body_timeout,
             "For every 256 KiB of a request's body; then 408");
  AddSeconds(verb, "--answer-timeout", server.answer_timeout,
             "For waiting in the queue and computing; then 503");
  AddSeconds(verb, "--write-timeout", server.write_timeout,
             "For the client to take an answer; then it is cut off");
  AddSeconds(verb, "--idle-timeout", server.idle_timeout,
             "How long a connection without a request is kept");
  AddSeconds(verb, "--drain-timeout", server.drain_timeout,
             "For requests in flight when told to stop");
}

void AddKeeping(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--data-dir", options.data_dir,
                  "Folder of what the server keeps: predictions with their recordings; training "
                  "data: DIR/train/{normal,abnormal} (default: $XDG_DATA_HOME/heartbeat or "
                  "~/.local/share/heartbeat)")
      ->type_name("DIR");
  verb.add_flag("--no-store", options.no_store,
                "Keep no predictions and no recordings; the history answers 404");
  verb.add_option("--keep-days", options.server.keep_days,
                  "Delete predictions that are older, with labels and recordings; 0: keep them for "
                  "ever")
      ->type_name("DAYS")
      ->capture_default_str();
  verb.add_option("--keep-gib", options.server.keep_gib,
                  "Delete the oldest ones while recordings and database take more than this; 0: "
                  "without end")
      ->type_name("GIB")
      ->capture_default_str();
}

void AddSizes(CLI::App& verb, server::ServerOptions& server) {
  verb.add_option("--max-file-bytes", server.max_file_bytes,
                  "Largest recording, such as 32MiB; larger ones are answered 413")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->default_str("32MiB");
  verb.add_option("--max-request-bytes", server.max_request_bytes,
                  "Largest request, such as 256MiB; larger ones are answered 413")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->default_str("256MiB");
  verb.add_option("--max-header-bytes", server.max_header_bytes,
                  "Largest header of a request, 256 B to 48 KiB; larger ones are answered 431")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->default_str("16KiB");
  verb.add_option("--max-parts", server.max_parts,
                  "Parts of a form, and so recordings of a batch; more are answered 400")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--spool-folder", server.spool_folder,
                  "Where uploads wait that memory is too good for: files over 1 MiB, and what is "
                  "over 4 MiB of one request (default: the system's temporary folder)")
      ->type_name("DIR");
}

// Who may, and what is noted of it. Needs data_dir and keep_history.
void ChooseDoor(const ServeOptions& options, server::ServerOptions& server) {
  std::error_code error;
  const auto usual_keys = server.data_dir / server::kKeyFileName;
  if (options.keys.empty()) {
    if (std::filesystem::exists(usual_keys, error)) server.keys_file = usual_keys;
  } else if (options.keys != kOff) {
    server.keys_file = options.keys;
  }
  // Without keys and history nobody is known, and there is nothing to look at later.
  const bool has_trail = server.keep_history || !server.keys_file.empty();
  if (options.audit.empty()) {
    if (has_trail) server.audit_file = server.data_dir / "audit.jsonl";
  } else if (options.audit != kOff) {
    server.audit_file = options.audit;
  }
}

int Serve(ServeOptions options) {
  base::InitLogging(options.log_level);
  options.server.model_path = options.model;
  if (const auto shipped = ModelPath("")) {
    options.server.shipped_model = *shipped;
  } else if (options.model.empty()) {
    Say(shipped.error().message);
  }
  if (auto trainer = FindTrainer()) options.server.trainer = *std::move(trainer);
  auto data_dir = DataFolder(options.data_dir);
  if (!data_dir) return Report(data_dir.error());
  options.server.data_dir = *std::move(data_dir);
  options.server.keep_history = !options.no_store;
  ChooseDoor(options, options.server);
  if (!options.request_log.empty()) {
    auto log = server::OpenLog(options.request_log);
    if (!log) return Report(log.error());
    options.server.request_log = *std::move(log);
  }
  const auto server = server::Server::Create(options.server);
  if (!server) return Report(server.error());
  // The server says itself why a model could not be loaded.
  const std::string label = (*server)->ModelLabel();
  const std::string name = label.empty() ? "no model: predictions answer 503" : "model " + label;
  Say("HeartBeat AI listens on " + Address(options.server, (*server)->port()) + " (" + name + ")");
  Say(options.no_store
          ? "keeps no history (--no-store)"
          : "keeps the history in " + options.server.data_dir.string() + Bounds(options.server));
  if (!options.server.keys_file.empty()) {
    Say("lets in who has a key of " + options.server.keys_file.string());
  }
  const auto served = (*server)->Run();
  return served ? 0 : Report(served.error());
}

// What Server::Create would refuse for the settings alone, before anything is opened.
int Check(ServeOptions options) {
  auto data_dir = DataFolder(options.data_dir);
  if (!data_dir) return Report(data_dir.error());
  options.server.data_dir = *std::move(data_dir);
  options.server.keep_history = !options.no_store;
  ChooseDoor(options, options.server);
  const auto valid = options.server.Validate();
  return valid ? 0 : Report(valid.error());
}

CLI::App* AddServeVerb(CLI::App& app, const std::shared_ptr<ServeOptions>& options) {
  CLI::App* verb =
      app.add_subcommand("serve", "Serve the dashboard and the REST API over HTTP or HTTPS");
  server::ServerOptions& server = options->server;
  verb->add_option("--host", server.host, "Address to listen on")
      ->type_name("ADDRESS")
      ->capture_default_str();
  verb->add_option("--port", server.port, "Port to listen on; 0: any free one")
      ->check(CLI::Range(0, 65535).description(""))
      ->type_name("N")
      ->capture_default_str();
  verb->add_flag("--insecure", server.insecure,
                 "Listen beyond this machine although nobody has to log in");
  AddDoor(*verb, *options);
  AddProxyOptions(*verb, server);
  verb->add_option(
          "--model", options->model,
          "The model (default: the one that was promoted last on the data folder, else the "
          "one that came with heartbeat)")
      ->type_name("FILE");
  AddOperatingPoint(*verb, server.asked.operating_point);
  AddPrevalence(*verb, server.asked.prevalence);
  AddKeeping(*verb, *options);
  verb->add_option("--retrain-epochs", server.retrain_epochs,
                   "How often POST /retrain goes through the recordings: more learns more, and "
                   "takes longer")
      ->check(CLI::Range(1, 1000).description(""))
      ->type_name("N")
      ->capture_default_str();
  verb->add_option(
          "--web-dir", server.web_dir,
          "Serve the dashboard from this folder, which `npm run build` in web/ writes, and "
          "not from the program: to develop it")
      ->type_name("DIR");
  verb->add_option("--threads", server.threads,
                   "Threads that compute; 0: one per core, fewer where the memory that the process "
                   "may take is short")
      ->check(CLI::Range(0U, 1024U).description(""))
      ->type_name("N")
      ->capture_default_str();
  verb->add_option("--io-threads", server.io_threads, "Threads that move bytes")
      ->check(CLI::Range(1U, 1024U).description(""))
      ->type_name("N")
      ->capture_default_str();
  verb->add_option("--max-queue", server.max_queue,
                   "Requests that wait while every thread computes; the next is answered 429")
      ->type_name("N")
      ->capture_default_str();
  verb->add_option("--max-connections", server.max_connections,
                   "Connections at a time; the next is answered 503")
      ->type_name("N")
      ->capture_default_str();
  AddSizes(*verb, server);
  AddDeadlines(*verb, server);
  verb->add_option("--log-level", options->log_level,
                   "What is logged on standard error: trace, debug, info, warn, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}).description(""))
      ->type_name("LEVEL")
      ->capture_default_str();
  verb->add_option("--request-log", options->request_log,
                   "Where a line of JSON goes for each request: a file, - for standard output or "
                   "off (default: standard error). No line names a file, an address or whoever "
                   "asked")
      ->type_name("FILE|-|off");
  verb->footer(
      "Stops on Ctrl-C or SIGTERM, after the requests in flight are answered.\n"
      "\n"
      "Example: heartbeat serve --port 9000\n"
      "         heartbeat keys add --name 'ward 3' --scope predict,read\n"
      "         heartbeat serve --host 0.0.0.0\n"
      "         heartbeat serve --tls-cert server.pem --tls-key server.key --port 8443");
  NameEnvironment(*verb);
  return verb;
}

}  // namespace

void AddServe(CLI::App& app, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  AddServeVerb(app, options)->callback([=, &action] {
    action = [options] { return Serve(*options); };
  });
}

void AddServeCheck(CLI::App& app, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  AddServeVerb(app, options)->callback([=, &action] {
    action = [options] { return Check(*options); };
  });
}

}  // namespace heartbeat::cli
