// As much of ASP.NET Core as Backend.cs asks for, over a socket, since no registry of these machines has the whole: enough to see by
// `bzctrl-relay conform` that what Backend.cs says and does is right, and no more. A connection serves one request.
using System.Collections; using System.Net; using System.Net.Sockets; using System.Text;

public class StringValues(IEnumerable<string> values) : IEnumerable<string> {
    public override string ToString() => string.Join(",", values);
    public IEnumerator<string> GetEnumerator() => values.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    public static implicit operator string?(StringValues of) => of.Any() ? of.ToString() : null;
}

public class RequestHeaders(ILookup<string, string> given) {
    public StringValues this[string name] => new(given[name.ToLowerInvariant()]);
    public bool TryGetValue(string name, out StringValues value) => (value = this[name]).Any();
    public StringValues Origin => this["Origin"];
    public StringValues Authorization => this["Authorization"];
}

public class Cookies(StringValues given) {
    public string? this[string name] => given.SelectMany(line => line.Split("; ")).FirstOrDefault(one => one.StartsWith(name + "="))?[(name.Length + 1)..];
}

public class BadHttpRequestException(int status) : IOException { public int StatusCode => status; }

public record HttpRequest(string Method, string Path, RequestHeaders Headers, Stream Body) {
    public Cookies Cookies => new(Headers["Cookie"]);
}

public class ResponseHeaders : Dictionary<string, string> {
    public string CacheControl { set => this["Cache-Control"] = value; }
    public string Vary { set => this["Vary"] = value; }
    public string RetryAfter { set => this["Retry-After"] = value; }
    public string AccessControlAllowOrigin { set => this["Access-Control-Allow-Origin"] = value; }
    public string AccessControlAllowCredentials { set => this["Access-Control-Allow-Credentials"] = value; }
    public string AccessControlAllowHeaders { set => this["Access-Control-Allow-Headers"] = value; }
    public string AccessControlExposeHeaders { set => this["Access-Control-Expose-Headers"] = value; }
}

public class HttpResponse {
    public int StatusCode = 200;
    public ResponseHeaders Headers = new();
    public string ContentType { set => Headers["Content-Type"] = value; }
    public string Body = "";
    public Task WriteAsync(string text) { Body += text; return Task.CompletedTask; }
}

public record HttpContext(HttpRequest Request, HttpResponse Response);

public class Limits { public long MaxRequestBodySize { get; set; } }
public class Kestrel {
    public Limits Limits { get; } = new();
    public TcpListener? Listener;
    public void Listen(IPAddress address, int port) => Listener = new(address, port);
}
public class WebHost { public Kestrel Kestrel = new(); public void ConfigureKestrel(Action<Kestrel> set) => set(Kestrel); }
public class WebApplicationBuilder { public WebHost WebHost { get; } = new(); public WebApplication Build() => new(WebHost.Kestrel); }

public class WebApplication(Kestrel kestrel) {
    Func<HttpContext, Task> answer = _ => Task.CompletedTask;
    public static WebApplicationBuilder CreateBuilder() => new();
    public void Run(Func<HttpContext, Task> each) => answer = each;
    public void Run() {
        kestrel.Listener!.Start();
        while (true) {
            var client = kestrel.Listener.AcceptTcpClient();
            Task.Run(async () => { using (client) try { await Serve(client.GetStream()); } catch (IOException) { } });
        }
    }

    async Task Serve(NetworkStream stream) {
        var lines = new List<string>();
        for (string line; (line = Line(stream)) != "";) lines.Add(line);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).ToLookup(part => part[0].ToLowerInvariant(), part => part[1].Trim());
        var length = int.Parse(headers["content-length"].FirstOrDefault("0"));
        var body = new byte[length];
        stream.ReadExactly(body);
        Stream read = length > kestrel.Limits.MaxRequestBodySize ? new TooLarge() : new MemoryStream(body);
        var context = new HttpContext(new(first[0], first[1].Split('?')[0], new(headers), read), new());
        await answer(context);
        var (response, told) = (context.Response, Encoding.UTF8.GetBytes(context.Response.Body));
        var head = string.Concat(response.Headers.Select(one => $"{one.Key}: {one.Value}\r\n"));
        stream.Write(Encoding.UTF8.GetBytes($"HTTP/1.1 {response.StatusCode} -\r\n{head}Content-Length: {told.Length}\r\nConnection: close\r\n\r\n"));
        stream.Write(told);
    }

    static string Line(Stream stream) {
        var line = new StringBuilder();
        for (int next; (next = stream.ReadByte()) != '\n';) line.Append(next >= 0 ? (char)next : throw new EndOfStreamException());
        return line.ToString().TrimEnd('\r');
    }
}

class TooLarge : MemoryStream {
    public override int Read(Span<byte> into) => throw new BadHttpRequestException(413);
    public override ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken end = default) => throw new BadHttpRequestException(413);
}
