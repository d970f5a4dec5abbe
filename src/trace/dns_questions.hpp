// SPDX-License-Identifier: Apache-2.0
// What a message to a name server asks: RFC 1035 section 4. The bytes are the traced program's, so
// anything may be in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slim::trace {

struct DnsQuestion {
  std::string name;  // as the keys of trace::Names; "." for the root
  std::string type;  // A, AAAA, ... or TYPE123
  friend bool operator==(const DnsQuestion&, const DnsQuestion&) = default;
};

// Of one message; it may be cut after its questions. None for an answer and for operations that are
// no query. Nothing when it is malformed, or cut before its questions end.
std::optional<std::vector<DnsQuestion>> dns_questions(std::string_view message);

// Of what one call wrote to a TCP connection: messages behind their lengths (section 4.2.2), a
// length alone, or one message whose length was written before.
std::optional<std::vector<DnsQuestion>> dns_questions_of_stream(std::string_view bytes);

}  // namespace slim::trace
