<?php
// SPDX-License-Identifier: Apache-2.0
require_once __DIR__ . '/lib/Pages.php';
Pages::regex();
