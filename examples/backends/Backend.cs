// A company's own backend in the relay's place, as docs/PROTOCOL.md has it: ASP.NET Core 8, no package, one process.
// server.mjs is the same in Node. It is the Program.cs of a `dotnet new web` project. This project's tests run it on .NET 8, but with a
// stand-in for ASP.NET Core, which they have not: try it by `bzctrl-relay conform` (docs/PROTOCOL.md) before you build on it.
using System.Collections.Concurrent; using System.Net; using System.Security.Cryptography; using System.Text;
using System.Text.Json; using System.Text.Json.Nodes; using System.Text.RegularExpressions;

string Env(string name) => Environment.GetEnvironmentVariable(name)!;
// Yours asks your own sign-in who it is that has this cookie.
string? UserOf(HttpRequest request) => request.Cookies["session"] is { } session && session.Contains('@') ? session : null;

// What became of each key. A line is on the disk before a todo is sent, and the next one before the answer is told.
var (rows, tokens, gate) = (new Dictionary<string, Row>(), new ConcurrentDictionary<string, (string User, DateTime Until)>(), new object());
var journal = new FileStream(Env("JOURNAL"), FileMode.OpenOrCreate, FileAccess.ReadWrite);
string? epoch = null;
foreach (var line in new StreamReader(journal, leaveOpen: true).ReadToEnd().Split('\n')) {
    if (line.StartsWith("epoch ")) epoch = line[6..];
    else if (line.StartsWith('{')) try {
        var row = JsonSerializer.Deserialize<Row>(line)!;
        rows[row.Key] = row.State == "sending" ? row with { State = "unknown" } : row;
    } catch (JsonException) { } // a line that a crash has cut off: nothing was done on its word
}
void Write(string line) { journal.Write(Encoding.UTF8.GetBytes("\n" + line)); journal.Flush(flushToDisk: true); }
Row Keep(Row row) { lock (gate) { Write(JsonSerializer.Serialize(row)); return rows[row.Key] = row; } }
if (epoch == null) Write("epoch " + (epoch = Convert.ToHexString(RandomNumberGenerator.GetBytes(8)).ToLowerInvariant()));

// No redirect is followed, and nothing is sent twice.
var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(15) };
(string Token, DateTime Until)? login = null; // BzCtrl's token, and until when it is used
async Task<(string? Token, bool Refused)> BzCtrlsToken() {
    if (login is { } held && held.Until > DateTime.UtcNow) return (held.Token, false);
    try {
        var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "password", ["username"] = Env("USERNAME"), ["password"] = Env("PASSWORD") });
        using var answer = await http.PostAsync(Env("TOKEN_ENDPOINT"), form);
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        if ((int)answer.StatusCode is 400 or 401 && json["error"] != null) return (null, true); // user name or password
        if (!answer.IsSuccessStatusCode) return (null, false);
        var token = (string)json["access_token"]!;
        login = (token, DateTime.UtcNow.AddSeconds(0.8 * (double)json["expires_in"]!));
        return (token, false);
    } catch (Exception) { return (null, false); }
}

// Sends a todo once, and says what became of it. Whatever is not known for certain is unknown.
async Task<Row> Send(Row row, string token, string body, string title) {
    try {
        using var request = new HttpRequestMessage(HttpMethod.Post, Env("TASK_ENDPOINT")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await http.SendAsync(request);
        var (status, text) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        if (status is 401 or 429) return row with { State = "free", Refused = status == 401 };
        if (answer.IsSuccessStatusCode) {
            var json = JsonNode.Parse(text) as JsonObject;
            var link = (json?["taskLink"] as JsonValue)?.ToString();
            var created = link?.StartsWith("http") == true || (json?["title"] as JsonValue)?.ToString() == title;
            return created ? row with { State = "created", Text = text, Link = link } : row with { State = "unknown" };
        }
        var no = status is 400 or 403 or 404 or 405 or 413 or 414 or 415 or 422 or 431 or 301 or 307 or 308;
        return no ? row with { State = "rejected", Status = status, Text = text[..Math.Min(text.Length, 2000)] } : row with { State = "unknown" };
    } catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError) {
        return row with { State = "free" };
    } catch (Exception) { return row with { State = "unknown" }; }
}

// A 401 made no todo: one new token, and one more try.
async Task<Row> Deliver(Row row, string token, string body, string title) {
    var first = await Send(row, token, body, title);
    if (!first.Refused) return first;
    if (login?.Token == token) login = null;
    var (fresh, refused) = await BzCtrlsToken();
    return fresh != null ? await Send(row, fresh, body, title) : row with { State = "free", Refused = refused };
}

JsonObject Told(Row row) => new() { ["outcome"] = row.State switch { "sending" => "in-progress", "free" => "unknown", var state => state }, ["taskLink"] = row.Link };
Row? Find(string? name) { lock (gate) return name != null && rows.TryGetValue(name, out var row) ? row : null; }
Said Say(Row row, string digest, bool replayed) {
    if (Find(row.ReplacedBy) is { } other) {
        var both = Told(row);
        both["replacedBy"] = Told(other);
        return new(410, "key-replaced", both);
    }
    if (row.Digest != digest && row.State != "free") return new(422, "key-reused", Told(row));
    return row.State switch {
        "created" => new(201, Body: row.Text, Replayed: replayed),
        "rejected" => new(502, "upstream-rejected", new() { ["upstream"] = new JsonObject { ["status"] = row.Status, ["reason"] = row.Text } }),
        "sending" => new(409, "in-progress"), "free" => new(503, row.Refused ? "upstream-credentials" : "upstream-unavailable"), _ => new(504, "outcome-unknown"),
    };
}

async Task<Said> Create(string user, HttpRequest request, string text) {
    string? KeyIn(string name) => request.Headers.TryGetValue(name, out var value) ? value.ToString().Trim('"') : null;
    var (key, old) = (KeyIn("Idempotency-Key"), KeyIn("X-BzCtrl-Replaces"));
    bool IsKey(string key) => Regex.IsMatch(key, @"\A[A-Za-z0-9_-]{1,64}\.[0-9a-f]{32}\z");
    if (key == null || key == old || !IsKey(key) || (old != null && !IsKey(old))) return new(400, "key-invalid");
    JsonObject todo;
    try { todo = JsonNode.Parse(text)!.AsObject(); } catch (Exception) { return new(400, "invalid-request"); }
    todo.Remove("reporter"); todo.Remove("assignee");
    var digest = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(todo.ToJsonString())));
    todo["reporter"] = user; todo["assignee"] = user;
    var (known, replaced) = (Find(key), Find(old));
    if (known != null ? known.User != user : !key.StartsWith(epoch + ".")) return new(410, "key-unknown");
    if (known is { State: not "free" }) return Say(known, digest, true);
    if ((todo["domainWorkSpace"] as JsonValue)?.ToString() != Env("WORKSPACE")) return new(403, "workspace-denied");
    var (token, refused) = await BzCtrlsToken(); // at hand before the key is claimed: a crash meanwhile leaves no doubt
    if (token == null) return new(503, refused ? "upstream-credentials" : "upstream-unavailable");
    Row claimed;
    lock (gate) { // one claim at a time; what was read above may be another by now
        if (Find(key) is { State: not "free" } first) return Say(first, digest, true);
        if (Find(old) is { } row && row.User == user) {
            var by = Find(row.ReplacedBy); // what is unknown is replaced once
            if (row.State != "unknown" || (by is { State: not "free" } && by.Key != key)) return Say(row, row.Digest, true);
            Keep(row with { ReplacedBy = key });
        }
        claimed = Keep(new(key, user, digest, "sending"));
    }
    var title = (todo["title"] as JsonValue)?.ToString() ?? "";
    // Not awaited with the request's own cancellation: a closed tab does not cut it in half.
    return Say(Keep(await Task.Run(() => Deliver(claimed, token, todo.ToJsonString(), title))), digest, false);
}

async Task<Said> Answer(HttpRequest request) {
    if (request.Headers.Origin != Env("ORIGIN")) return new(403, "origin-denied");
    if (request.Method == "OPTIONS") return new(204);
    if (request.Method != "POST") return new(404, "not-found");
    if (request.Headers["X-BzCtrl-Widget"] != "1") return new(400, "invalid-request");
    var text = await new StreamReader(request.Body).ReadToEndAsync();
    if (request.Path == "/v1/token") {
        if (UserOf(request) is not { } user) return new(403, "identity-denied", new() { ["error"] = "unauthorized_client" });
        var made = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        tokens[made] = (user, DateTime.UtcNow.AddMinutes(5));
        return new(200, Body: JsonSerializer.Serialize(new { access_token = made, token_type = "Bearer", expires_in = 300, mode = "sealed",
            task_endpoint = "/v1/tasks", key_epoch = epoch, environment = "prod", defaults = new { domainWorkSpace = Env("WORKSPACE"), reporter = user } }));
    }
    if (!tokens.TryGetValue(request.Headers.Authorization.ToString().Replace("Bearer ", ""), out var given)) return new(401, "token-invalid");
    if (given.Until < DateTime.UtcNow) return new(401, "token-expired");
    return request.Path == "/v1/tasks" ? await Create(given.User, request, text) : new(404, "not-found");
}

var builder = WebApplication.CreateBuilder();
builder.WebHost.ConfigureKestrel(server => { server.Limits.MaxRequestBodySize = 262_144; server.Listen(IPAddress.Loopback, int.Parse(Env("PORT"))); });
var app = builder.Build();
app.Run(async context => {
    Said said;
    try { said = await Answer(context.Request); }
    catch (BadHttpRequestException error) when (error.StatusCode == 413) { said = new(413, "too-large"); }
    catch (Exception) { said = new(500, "internal"); }
    var (headers, isProblem) = (context.Response.Headers, said.Status > 299);
    context.Response.StatusCode = said.Status;
    headers.CacheControl = "no-store";
    headers.Vary = "Origin";
    if (context.Request.Headers.Origin == Env("ORIGIN")) {
        headers.AccessControlAllowOrigin = Env("ORIGIN");
        headers.AccessControlAllowCredentials = "true";
        headers.AccessControlAllowHeaders = "authorization, content-type, idempotency-key, x-bzctrl-replaces, x-bzctrl-widget";
        headers.AccessControlExposeHeaders = "Retry-After, Idempotency-Replayed";
    }
    if (said.Status is 409 or 503 && said.Code != "upstream-credentials") headers.RetryAfter = "1";
    if (said.Replayed) headers["Idempotency-Replayed"] = "true";
    if (said.Status == 204) return;
    var problem = said.More ?? new JsonObject();
    problem["type"] = "about:blank";
    problem["title"] = said.Code; // each its own: a node of JSON has one parent
    problem["code"] = said.Code;
    problem["status"] = said.Status;
    context.Response.ContentType = isProblem ? "application/problem+json" : "application/json";
    await context.Response.WriteAsync(isProblem ? problem.ToJsonString() : said.Body!);
});
app.Run();

record Row(string Key, string User, string Digest, string State, string? Text = null, string? Link = null, int Status = 0, string? ReplacedBy = null, bool Refused = false);
record Said(int Status, string? Code = null, JsonObject? More = null, string? Body = null, bool Replayed = false);
