<?php
// SPDX-License-Identifier: Apache-2.0
declare(strict_types=1);

namespace Shop\Fax;

/** What a shop still has installed and nobody names. */
final class Page
{
}
