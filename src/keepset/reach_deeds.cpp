// SPDX-License-Identifier: Apache-2.0
// What the image's own scripts say that they do, in a branch that the run may not have taken. Here
// words are the reason to expect calls, so only those count that stand in scripts of a language whose
// interpreter was run; reach_scripts.cpp asks which calls no word hints at.
#include <algorithm>
#include <string_view>
#include <vector>

#include "keepset/reach.hpp"
#include "keepset/shebang.hpp"
#include "keepset/text.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"
#include "slim/trace/call_evidence.hpp"

namespace slim::keepset {
namespace {

constexpr uint64_t kLargestScript = 1u << 20;

// Where a language has functions of its own for a deed, their names may be common words.
struct Language {
  std::string_view interpreter;  // how the names of its programs begin
  std::string_view endings;      // of the names of its scripts, or of what is compiled of them
  std::string_view programs, network, files;
};
constexpr Language kLanguages[] = {
    {"beam.smp", ".erl .escript .ex .exs", "os:cmd open_port System.cmd",
     "httpc gen_tcp gen_udp ssl inet_res", "dets disk_log mnesia"},
    {"guile", ".scm .sld", "popen system primitive fork", "client socket", {}},
    {"lua", ".lua", "popen os.execute", "socket", "lfs"},
    {"mono", ".exe .dll", "ProcessStartInfo Process",
     "HttpClient WebClient WebRequest HttpWebRequest TcpClient UdpClient Socket Dns", {}},
    {"perl", ".pl .pm .psgi .cgi", "system exec qx readpipe open2 open3 IPC::Run",
     "socket IO::Socket LWP HTTP::Tiny Net::SMTP Net::FTP Mojo::UserAgent", {}},
    {"php", ".php", "exec proc_open shell_exec passthru popen system",
     "fsockopen stream_socket_client curl_init SoapClient", {}},
    {"python", ".py .pyw", "subprocess Popen os.system os.popen pexpect create_subprocess_exec",
     "socket urllib requests http.client httpx aiohttp smtplib ftplib urlopen", {}},
    {"ruby", ".rb .ru .rake .erb", "system spawn popen Open3 popen3 capture2 capture3",
     "socket Socket TCPSocket net Net::HTTP URI.open open_uri Faraday HTTParty", {}},
    {"tclsh", ".tcl .tm", "exec open|", "socket geturl tls", "fileutil"},
};

std::vector<const Language*> languages_run(const trace::Trace& trace) {
  std::vector<const Language*> found;
  for (const Language& language : kLanguages) {
    const bool run = std::any_of(
        trace.execs.begin(), trace.execs.end(), [&](const trace::ExecUse& exec) {
          const std::string_view program = name_of(exec.file);
          return program.starts_with(language.interpreter) && is_interpreter(program);
        });
    if (run) found.push_back(&language);
  }
  return found;
}

// A script without an ending says by its first line what it is.
Result<const Language*> language_of(Marker& marker, const IndexEntry& entry,
                                    const std::vector<const Language*>& languages) {
  for (const Language* language : languages)
    if (ends_with_one(entry.path, words(language->endings))) return language;
  if (name_of(entry.path).find('.') != std::string_view::npos) return nullptr;
  SLIM_TRY(const std::string_view text, marker.content(entry));
  const auto line = shebang_of(text);
  if (!line) return nullptr;
  for (const Language* language : languages)
    if (line->name().starts_with(language->interpreter)) return language;
  return nullptr;
}

// Tcl's way to start a program as a file that is read or written.
bool opens_pipe(std::string_view text) {
  for (const std::string_view how : {"open |", "open \"|", "open {|", "open [list |"})
    if (text.find(how) != std::string_view::npos) return true;
  return false;
}

}  // namespace

Result<void> add_deeds(Marker& marker, std::set<std::string>& reachable) {
  const auto languages = languages_run(marker.trace());
  if (languages.empty()) return {};
  for (const auto& [path, reasons] : marker.kept_paths()) {
    const IndexEntry* entry = marker.index().find(path);
    if (entry == nullptr || !is_file(*entry) || entry->size > kLargestScript) continue;
    if ((is_installed(path) && !marker.own(*entry)) || !script_package_of(path).empty()) continue;
    SLIM_TRY(const Language* language, language_of(marker, *entry, languages));
    if (language == nullptr) continue;
    SLIM_TRY(const std::string_view text, marker.content(*entry));
    std::set<std::string> named = identifiers_of(text);
    if (opens_pipe(text)) named.insert("open|");
    if (names_one(named, language->programs)) reachable.emplace(trace::kStarts);
    if (names_one(named, language->network)) reachable.emplace(trace::kConnects);
    if (names_one(named, language->files)) reachable.emplace(trace::kKeepsFiles);
  }
  return {};
}

}  // namespace slim::keepset
