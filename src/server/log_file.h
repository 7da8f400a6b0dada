#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heartbeat::server {

// Takes lines without their ends, from several threads at once, and writes each in one piece.
// `where`: a file, which is appended to, made where there is none (0640) and opened anew once it
// was moved away, as log rotation does; "-": standard output; "off": nowhere. A line that cannot be
// written is lost: a log must not stop the service. Errors: kIo where the file cannot be opened.
[[nodiscard]] base::Result<std::function<void(std::string_view line)>> OpenLog(
    const std::string& where);

}  // namespace heartbeat::server
