// SPDX-License-Identifier: Apache-2.0
#include "keepset/languages.hpp"

#include <algorithm>
#include <iterator>

#include "keepset/text.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

constexpr auto kText = Language::Scripts::text;
constexpr auto kCompiled = Language::Scripts::compiled;

constexpr Language kLanguages[] = {
    {"beam.smp", ".erl .escript .ex .exs", kCompiled, false, "os:cmd open_port System.cmd",
     "httpc gen_tcp gen_udp ssl inet_res", "dets disk_log mnesia"},
    {"guile", ".scm .sld", kCompiled, false, "popen system primitive fork", "client socket", {}},
    {"java", ".jar .war .class", kCompiled, false, "ProcessBuilder exec",
     "Socket SocketChannel AsynchronousSocketChannel DatagramSocket DatagramChannel HttpClient "
     "HttpURLConnection URLConnection openConnection openStream DriverManager DataSource InitialContext "
     "InitialDirContext",
     "FileChannel RandomAccessFile DriverManager"},
    {"lua", ".lua", kCompiled, false, "popen os.execute", "socket", "lfs"},
    {"mono", ".exe .dll", kCompiled, false, "ProcessStartInfo Process",
     "HttpClient WebClient WebRequest HttpWebRequest TcpClient UdpClient Socket Dns", {}},
    {"node", ".js .mjs .cjs .ts", kText, false, "child_process cluster",
     "https tls dgram fetch http.get http.request net.connect net.createConnection axios undici got "
     "superagent nodemailer mysql mysql2 pg redis ioredis mongodb mongoose", {}},
    {"perl", ".pl .pm .psgi .cgi", kText, true,
     "system exec qx readpipe open2 open3 IPC::Run",
     "socket IO::Socket LWP HTTP::Tiny Net::SMTP Net::FTP Mojo::UserAgent ua", {}},
    {"php", ".php", kText, true, "exec proc_open shell_exec passthru popen system",
     "fsockopen stream_socket_client curl_init SoapClient", {}},
    {"python", ".py .pyw", kText, false,
     "subprocess Popen os.system os.popen pexpect create_subprocess_exec",
     "socket urllib requests http.client httpx aiohttp smtplib ftplib urlopen open_connection "
     "create_connection open_unix_connection create_unix_connection create_datagram_endpoint imaplib "
     "poplib paramiko psycopg2 psycopg asyncpg pymysql MySQLdb redis aioredis pymongo pika kafka", {},
     "asyncio selectors async_to_sync anyio trio"},
    {"R", ".R .r", kCompiled, false,
     "system system2 shell makeCluster makePSOCKcluster makeForkCluster mclapply mcparallel plan callr "
     "processx",
     "url download socketConnection socketSelect makeCluster makePSOCKcluster plan curl httr httr2 "
     "RCurl RPostgres RPostgreSQL RMariaDB RMySQL redux",
     {}},
    {"ruby", ".rb .ru .rake .erb", kText, true, "system spawn popen Open3 popen3 capture2 capture3",
     "socket Socket TCPSocket net Net::HTTP URI.open open_uri Faraday HTTParty", {}},
    {"tclsh", ".tcl .tm", kCompiled, false, "exec open|", "socket geturl tls", "fileutil"},
};

}  // namespace

bool Language::is_run_by(std::string_view program) const {
  return program.starts_with(interpreter) && is_interpreter(program);
}

bool Language::is_in(std::string_view library) const {
  constexpr std::string_view kLibrary = "lib";
  return library.starts_with(kLibrary) && library.substr(kLibrary.size()).starts_with(interpreter) &&
         is_interpreter(library);
}

bool Language::has_script(std::string_view path) const {
  return ends_with_one(path, words(endings));
}

const Language* language_of_program(std::string_view program) {
  const auto* const found =
      std::find_if(std::begin(kLanguages), std::end(kLanguages),
                   [&](const Language& each) { return each.is_run_by(program); });
  return found == std::end(kLanguages) ? nullptr : found;
}

std::span<const Language> languages() { return kLanguages; }

bool is_run_in(const trace::Trace& trace, const Language& language) {
  return std::any_of(trace.execs.begin(), trace.execs.end(), [&](const trace::ExecUse& exec) {
    return language.is_run_by(name_of(exec.file));
  });
}

std::set<const Language*> languages_built_in(const trace::Trace& trace) {
  std::set<const Language*> found;
  for (const auto& [path, use] : trace.files) {
    if ((use.access & trace::kMapped) == 0) continue;
    for (const Language& language : kLanguages)
      if (language.is_in(name_of(path))) found.insert(&language);
  }
  return found;
}

std::set<const Language*> languages_in_use(const trace::Trace& trace) {
  std::set<const Language*> found = languages_built_in(trace);
  for (const trace::ExecUse& exec : trace.execs)
    if (const Language* language = language_of_program(name_of(exec.file))) found.insert(language);
  return found;
}

}  // namespace slim::keepset
