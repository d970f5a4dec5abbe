<?php
// SPDX-License-Identifier: Apache-2.0
declare(strict_types=1);

namespace Shop\Mail;

final class Message
{
    public function __construct(private string $to, private string $text)
    {
    }

    public function __toString(): string
    {
        return "To: {$this->to}\n\n" . wordwrap($this->text, 72) . "\n";
    }
}
