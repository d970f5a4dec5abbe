// SPDX-License-Identifier: Apache-2.0
package shop;

import java.util.List;

/** Found by ServiceLoader. */
public interface Formatter {
  String format(List<String> items);
}
