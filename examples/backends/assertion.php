<?php // A host's backend in PHP 8: GET /me/assertion of the user of its session.

function encode(string $part): string {
    return rtrim(strtr(base64_encode($part), '+/', '-_'), '=');
}

function assertion(string $email): string {
    $now = time();
    $header = ['alg' => 'RS256', 'typ' => 'JWT', 'kid' => getenv('KEY_ID')];
    $claims = ['iss' => getenv('ISSUER'), 'aud' => getenv('AUDIENCE'), // https://relay.example.com/v1/token
        'sub' => $email, 'email' => $email, 'iat' => $now, 'exp' => $now + 60, 'jti' => bin2hex(random_bytes(16))];
    $message = encode(json_encode($header)) . '.' . encode(json_encode($claims));
    openssl_sign($message, $signature, file_get_contents(getenv('KEY_FILE')), OPENSSL_ALGO_SHA256);
    return $message . '.' . encode($signature);
}
