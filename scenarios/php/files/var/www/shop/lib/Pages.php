<?php
// SPDX-License-Identifier: Apache-2.0
declare(strict_types=1);

use Shop\Mail\Message;
use Shop\Money\{Price, Rates};

final class Pages
{
    public static function json(): void
    {
        $item = json_decode(file_get_contents('php://input'), true, 16, JSON_THROW_ON_ERROR);
        header('Content-Type: application/json');
        echo json_encode(['id' => 1] + $item, JSON_PRETTY_PRINT), "\n";
    }

    public static function form(): void
    {
        echo htmlspecialchars($_POST['name'] ?? ''), "\n";
    }

    public static function upload(): void
    {
        echo filesize($_FILES['file']['tmp_name']), "\n";
    }

    public static function multibyte(): void
    {
        echo mb_strtoupper('größe'), ' ', mb_strlen('größe'), ' ',
            mb_convert_encoding("gr\xf6\xdfe", 'UTF-8', 'ISO-8859-1'), "\n";
    }

    public static function iconv(): void
    {
        echo bin2hex(iconv('UTF-8', 'UTF-16LE', 'a')), "\n";
    }

    public static function date(): void
    {
        $date = new DateTimeImmutable('2024-07-01 12:00', new DateTimeZone('Europe/Berlin'));
        echo $date->format('l j F Y H:i P'), "\n";
    }

    public static function regex(): void
    {
        echo preg_replace('/(?<=\d)(?=(\d{3})+$)/u', '.', '1234567'), "\n";
    }

    public static function digest(): void
    {
        echo hash('sha256', 'hello'), ' ', password_verify('x', password_hash('x', PASSWORD_DEFAULT)), ' ',
            strlen(random_bytes(8)), "\n";
    }

    public static function cipher(): void
    {
        $key = random_bytes(32);
        $iv = random_bytes(12);
        $hidden = openssl_encrypt('secret', 'aes-256-gcm', $key, 0, $iv, $tag);
        echo openssl_decrypt($hidden, 'aes-256-gcm', $key, 0, $iv, $tag), "\n";
    }

    public static function xml(): void
    {
        $document = new DOMDocument();
        $document->loadXML('<items><item name="tea"/></items>');
        echo (new DOMXPath($document))->evaluate('string(//item/@name)'), "\n";
    }

    public static function database(): void
    {
        $database = new PDO('sqlite::memory:');
        $database->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
        $database->exec('CREATE TABLE IF NOT EXISTS items (name TEXT)');
        $database->exec("INSERT INTO items VALUES ('tea')");
        echo $database->query('SELECT name FROM items')->fetchColumn(), "\n";
    }

    public static function compressed(): void
    {
        echo gzdecode(gzencode('compressible')), "\n";
    }

    public static function fetch(): void
    {
        $curl = curl_init('http://localhost/');
        curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
        echo curl_exec($curl);
    }

    public static function prices(): void
    {
        echo Rates::table(new Price(350));
    }

    public static function order(): void
    {
        echo new Message('shop@example.org', 'one tea, please');
    }

    public static function fail(): void
    {
        throw new RuntimeException('on purpose');
    }
}
