<?php
// SPDX-License-Identifier: Apache-2.0
declare(strict_types=1);

namespace Shop\Money;

final class Price
{
    public function __construct(public readonly int $cents, public readonly string $currency = 'EUR')
    {
    }

    public function __toString(): string
    {
        return number_format($this->cents / 100, 2) . ' ' . $this->currency;
    }
}
