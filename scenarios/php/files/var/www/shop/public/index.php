<?php
// SPDX-License-Identifier: Apache-2.0
// The first page only counts visits; every other one loads what it needs.
declare(strict_types=1);

require dirname(__DIR__) . '/vendor/autoload.php';
spl_autoload_register(function (string $class): void {
    require dirname(__DIR__) . '/lib/' . $class . '.php';
});

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/') {
    session_start();
    $_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
    echo "Welcome to the shop\nvisit {$_SESSION['visits']}\n";
    echo 'tea: ', new Shop\Money\Price(350), "\n";
} elseif (is_callable(['Pages', $page = substr($path, 1)])) {
    Pages::$page();
} else {
    http_response_code(404);
    echo "no such page\n";
}
