// A host's backend in C# (.NET 8 or newer): POST /hooks/bzctrl.
using System.Security.Cryptography; using System.Text;

public static class Webhook {
    static readonly byte[] Key =
        Convert.FromBase64String(Environment.GetEnvironmentVariable("WEBHOOK_SECRET")!["whsec_".Length..]);

    // The body as it came, to the byte. False, if the relay has not sent it within the last five minutes: answer 400.
    public static bool Verified(byte[] body, string id, string timestamp, string signatures) {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        if (!long.TryParse(timestamp, out var then) || Math.Abs(now - then) > 300) return false;
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(Key, signed)));
        return signatures.Split(' ').Any(one => CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(one)));
    }
}
