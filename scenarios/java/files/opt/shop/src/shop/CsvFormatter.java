// SPDX-License-Identifier: Apache-2.0
package shop;

import java.util.List;

public final class CsvFormatter implements Formatter {
  @Override
  public String format(List<String> items) {
    return String.join(",", items);
  }
}
