// A host's backend in C# (.NET 8 or newer): GET /me/assertion of the user of its session.
using System.Security.Cryptography; using System.Text; using System.Text.Json;

public static class Assertion {
    static readonly RSA Key = RSA.Create();
    static Assertion() => Key.ImportFromPem(File.ReadAllText(Env("KEY_FILE")));
    static string Env(string name) => Environment.GetEnvironmentVariable(name)!;
    static string Encode(byte[] part) => Convert.ToBase64String(part).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static string Of(string email) {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = JsonSerializer.SerializeToUtf8Bytes(new { alg = "RS256", typ = "JWT", kid = Env("KEY_ID") });
        var claims = JsonSerializer.SerializeToUtf8Bytes(new { iss = Env("ISSUER"), aud = Env("AUDIENCE"),
            sub = email, email, iat = now, exp = now + 60, jti = Guid.NewGuid().ToString() });
        var message = Encode(header) + "." + Encode(claims);
        return message + "." + Encode(Key.SignData(Encoding.UTF8.GetBytes(message), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }
}
