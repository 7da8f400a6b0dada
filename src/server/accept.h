#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace heartbeat::server {

// Which of `offers` (media types such as "text/plain; version=0.0.4", at least one) an Accept
// header likes best, by RFC 9110, 12.5.1: the most special range that fits an offer gives its
// quality. Of offers liked equally, the one that is named more specially, then the first. A range's
// parameters must be the offer's, but for `charset` and Prometheus' `escaping`, which choose
// nothing here. Ranges that cannot be read are passed over. Where nothing fits: the first offer,
// because an answer in another form tells more than a refusal.
[[nodiscard]] std::size_t ChooseMediaType(std::string_view accept,
                                          std::span<const std::string_view> offers);

// Whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3): by name, or by `*` where it is
// not named, with a weight above 0. What cannot be read is passed over.
[[nodiscard]] bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace heartbeat::server
