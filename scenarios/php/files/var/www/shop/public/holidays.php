<?php
// SPDX-License-Identifier: Apache-2.0
// Served by a pool of its own, which has the calendar extension and starts on demand.
echo date('j F', strtotime('2024-03-21') + easter_days(2024) * 86400), "\n";
