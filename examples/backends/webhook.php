<?php // A host's backend in PHP 8: POST /hooks/bzctrl. $body is file_get_contents('php://input').

// Null, if the relay has not sent it within the last five minutes: answer 400.
function verified(string $body, string $id, string $timestamp, string $signatures): ?array {
    $key = base64_decode(substr(getenv('WEBHOOK_SECRET'), strlen('whsec_')));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    $signed = array_filter(explode(' ', $signatures), fn ($one) => hash_equals($expected, $one));
    return $signed && abs(time() - (int) $timestamp) <= 300 ? json_decode($body, true) : null;
}
