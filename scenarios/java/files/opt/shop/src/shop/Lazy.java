// SPDX-License-Identifier: Apache-2.0
package shop;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import javax.xml.parsers.DocumentBuilderFactory;

/** A class that only some requests need. */
final class Lazy {
  private Lazy() {}

  static String digest(String text) throws Exception {
    byte[] sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(sum);
  }

  static String gzip(String text) throws Exception {
    var bytes = new ByteArrayOutputStream();
    try (var stream = new GZIPOutputStream(bytes)) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    }
    var back = new GZIPInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    return bytes.size() < text.length() / 10 && new String(back.readAllBytes()).equals(text)
        ? "same" : "different";
  }

  static String date() {
    return LocalDate.of(2024, 5, 1).format(
        DateTimeFormatter.ofLocalizedDate(FormatStyle.FULL).withLocale(Locale.GERMANY)) + " "
        + ZonedDateTime.of(2024, 7, 1, 12, 0, 0, 0, ZoneId.of("Europe/Berlin")).getOffset();
  }

  static String cipher(String text) throws Exception {
    var generator = KeyGenerator.getInstance("AES");
    generator.init(256);
    var key = generator.generateKey();
    var cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, key);
    byte[] hidden = cipher.doFinal(text.getBytes(StandardCharsets.UTF_8));
    var back = Cipher.getInstance("AES/GCM/NoPadding");
    back.init(Cipher.DECRYPT_MODE, key, cipher.getParameters());
    return new String(back.doFinal(hidden), StandardCharsets.UTF_8);
  }

  static String tls() throws Exception {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    int authorities = ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
    var sockets = (SSLSocketFactory) SSLSocketFactory.getDefault();
    return "authorities " + (authorities > 10 ? "many" : authorities) + ", suites "
        + (sockets.getDefaultCipherSuites().length > 5 ? "many" : "few") + ", "
        + SSLContext.getDefault().getProtocol();
  }

  static String client() throws Exception {
    var request = HttpRequest.newBuilder(URI.create("http://localhost:8080/")).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  static String xml(String text) throws Exception {
    var document = DocumentBuilderFactory.newInstance().newDocumentBuilder()
        .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    return document.getDocumentElement().getAttribute("name");
  }

  static String service(List<String> items) {
    return ServiceLoader.load(Formatter.class).findFirst().orElseThrow().format(items);
  }

  static String management() {
    return "processors " + ManagementFactory.getOperatingSystemMXBean().getAvailableProcessors()
        + ", heap " + (ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() > 0);
  }

  static String zip(Path archive) throws Exception {
    try (var system = FileSystems.newFileSystem(archive)) {
      return "class " + Files.exists(system.getPath("shop/Lazy.class"));
    }
  }
}
