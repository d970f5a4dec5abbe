<?php
// SPDX-License-Identifier: Apache-2.0
declare(strict_types=1);

namespace Shop\Text;

final class Table
{
    private array $rows = [];

    public function add(string ...$cells): void
    {
        $this->rows[] = implode(' | ', $cells);
    }

    public function __toString(): string
    {
        return implode("\n", $this->rows) . "\n";
    }
}
