<?php
// SPDX-License-Identifier: Apache-2.0
declare(strict_types=1);

namespace Shop\Money;

use Shop\Text\Table;

final class Rates
{
    /** A price in every currency that there is a rate for. */
    public static function table(Price $price): string
    {
        $rates = json_decode(file_get_contents(__DIR__ . '/../rates.json'), true, 4, JSON_THROW_ON_ERROR);
        $table = new Table();
        foreach ($rates as $currency => $rate) {
            $table->add($currency, (string) new Price((int) round($price->cents * $rate), $currency));
        }
        return (string) $table;
    }
}
