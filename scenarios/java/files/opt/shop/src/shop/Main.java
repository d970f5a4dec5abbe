// SPDX-License-Identifier: Apache-2.0
package shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;

/** A web service whose handlers use parts of the JDK that are loaded when first asked for. */
public final class Main {
  interface Handler {
    String handle(HttpExchange exchange) throws Exception;
  }

  private static final Map<String, Handler> HANDLERS = new TreeMap<>();

  static String body(HttpExchange exchange) throws IOException {
    return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
  }

  static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream stream = exchange.getResponseBody()) {
      stream.write(bytes);
    }
  }

  static void answer(HttpExchange exchange) throws IOException {
    Handler handler = HANDLERS.get(exchange.getRequestURI().getPath());
    if (handler == null) {
      send(exchange, 404, "not found\n");
      return;
    }
    try {
      send(exchange, 200, handler.handle(exchange) + "\n");
    } catch (Throwable error) {
      send(exchange, 500, error + "\n");
    }
  }

  public static void main(String[] arguments) throws Exception {
    HANDLERS.put("/", exchange -> "Welcome to the shop");
    HANDLERS.put("/echo", Main::body);
    HANDLERS.put("/page", exchange -> Files.readString(Path.of("web/index.html")));
    HANDLERS.put("/digest", exchange -> Lazy.digest(body(exchange)));
    HANDLERS.put("/gzip", exchange -> Lazy.gzip("compressible ".repeat(1000)));
    HANDLERS.put("/date", exchange -> Lazy.date());
    HANDLERS.put("/cipher", exchange -> Lazy.cipher("secret"));
    HANDLERS.put("/tls", exchange -> Lazy.tls());
    HANDLERS.put("/client", exchange -> Lazy.client());
    HANDLERS.put("/xml", exchange -> Lazy.xml(body(exchange)));
    HANDLERS.put("/service", exchange -> Lazy.service(List.of("tea", "jam")));
    HANDLERS.put("/charset", exchange ->
        new String(new byte[] {(byte) 0x83, (byte) 0x65}, Charset.forName("Shift_JIS")));
    HANDLERS.put("/resolve", exchange -> InetAddress.getByName("localhost").getHostAddress());
    HANDLERS.put("/management", exchange -> Lazy.management());
    HANDLERS.put("/zip", exchange -> Lazy.zip(Path.of("/opt/shop/shop.jar")));

    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 64);
    server.createContext("/", Main::answer);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.start();
  }
}
