<?php
// SPDX-License-Identifier: Apache-2.0
require_once dirname(__DIR__) . '/lib/Pages.php';
Pages::regex();
