// SPDX-License-Identifier: Apache-2.0
// How socket families, protocols and addresses are written in a Trace.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "slim/trace/trace.hpp"

namespace slim::trace {

std::string family_name(int family);
// From SO_TYPE and SO_PROTOCOL. Outside inet and inet6 only the type is told.
std::string protocol_name(int family, int type, int protocol);

// Fills family, address and port from the bytes of a struct sockaddr. False when they are too short
// for their family, or the family is AF_UNSPEC.
bool fill_address(SocketUse& use, std::string_view sockaddr);

// The path of an AF_UNIX address in the file tree; nothing for other families, unnamed and abstract
// ones.
std::optional<std::string> unix_path(std::string_view sockaddr);

// The port of an IPv4 or IPv6 address; nothing for other families.
std::optional<uint16_t> ip_port(std::string_view sockaddr);

// Whether a connect (or a send to an address) that ended with this errno is recorded. What was
// asked for counts, answered or not, unless the kernel would not even look at the address.
bool connect_counts(int error_number);

}  // namespace slim::trace
