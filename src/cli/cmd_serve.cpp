#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/default_model.h"
#include "cli/options.h"
#include "server/server.h"
#include "server/server_options.h"

namespace heartbeat::cli {
namespace {

struct ServeOptions {
  server::ServerOptions server;
  std::string model;
  std::string log_level = "info";
};

std::string Address(const server::ServerOptions& options, std::uint16_t port) {
  const std::string address = options.Address();
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

int Serve(ServeOptions options) {
  base::InitLogging(options.log_level);
  const auto model = ModelPath(options.model);
  if (model) {
    options.server.model_path = *model;
  } else {
    Say(model.error().message);
  }
  const auto server = server::Server::Create(options.server);
  if (!server) return Report(server.error());
  // The server says itself why a model could not be loaded.
  const std::string label = (*server)->ModelLabel();
  const std::string name = label.empty() ? "no model: predictions answer 503" : "model " + label;
  Say("HeartBeat AI listens on " + Address(options.server, (*server)->port()) + " (" + name + ")");
  const auto served = (*server)->Run();
  return served ? 0 : Report(served.error());
}

}  // namespace

void AddServe(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("serve", "Serve the REST API over HTTP");
  auto options = std::make_shared<ServeOptions>();
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
  verb->add_option("--model", options->model,
                   "The model (default: the one that came with heartbeat)")
      ->type_name("FILE");
  verb->add_option("--data-dir", server.data_dir,
                   "Folder of what the server keeps; training data: DIR/train/{normal,abnormal}")
      ->type_name("DIR")
      ->default_str("data");
  verb->add_option("--threads", server.threads, "Threads that compute; 0: one per core")
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
  verb->add_option("--max-file-bytes", server.max_file_bytes,
                   "Largest recording, such as 32MiB; larger ones are answered 413")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->default_str("32MiB");
  verb->add_option("--max-request-bytes", server.max_request_bytes,
                   "Largest request, such as 256MiB; larger ones are answered 413")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->default_str("256MiB");
  verb->add_option("--spool-folder", server.spool_folder,
                   "Where large uploads wait to be heard (default: the system's temporary folder)")
      ->type_name("DIR");
  verb->add_option("--log-level", options->log_level,
                   "What is logged on standard error: trace, debug, info, warn, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}).description(""))
      ->type_name("LEVEL")
      ->capture_default_str();
  verb->footer(
      "Stops on Ctrl-C or SIGTERM, after the requests in flight are answered.\n"
      "\n"
      "Example: heartbeat serve --port 9000");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Serve(*options); }; });
}

}  // namespace heartbeat::cli
