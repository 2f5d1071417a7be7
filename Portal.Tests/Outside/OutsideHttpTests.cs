using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Security.AntiSSRF;
using Portal.Core.Outside;

namespace Portal.Tests.Outside;

public sealed class OutsideHttpTests
{
    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fd00:ec2::254]/latest/meta-data/")]
    [InlineData("http://169.254.170.2/v2/credentials")]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("http://2130706433:1/")]
    [InlineData("http://0x7f.1:1/")]
    [InlineData("http://[::1]:1/")]
    [InlineData("http://[::ffff:127.0.0.1]:1/")]
    [InlineData("http://[::ffff:10.0.0.1]:1/")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("http://10.0.0.1:1/")]
    [InlineData("http://172.16.0.1:1/")]
    [InlineData("http://192.168.1.1:1/")]
    [InlineData("http://100.64.0.1:1/")]
    [InlineData("http://[fe80::1]:1/")]
    // A name is no way round: it is what it resolves to.
    [InlineData("http://localhost:1/")]
    public async Task Handler_OfAnAddressThatIsNotPublic_DoesNotGoThere(string url)
    {
        using var client = new HttpClient(OutsideHttp.Handler(new OutsideOptions { AllowHttp = true }));

        var error = await Should.ThrowAsync<AntiSSRFException>(() => client.GetAsync(url));

        OutsideHttp.InWords(error).ShouldNotBeNull().ShouldContain("not public");
    }

    [Theory]
    [InlineData("http://0.0.0.0:1/")]
    [InlineData("http://[::]:1/")]
    public async Task Handler_OfNoAddressAtAll_DoesNotGoThere(string url)
    {
        using var client = new HttpClient(OutsideHttp.Handler(new OutsideOptions { AllowHttp = true }));

        var error = await Should.ThrowAsync<ArgumentException>(() => client.GetAsync(url));

        OutsideHttp.InWords(error).ShouldNotBeNull().ShouldContain("not public");
    }

    [Fact]
    public async Task Handler_WithoutLeave_SpeaksNoPlainHttp()
    {
        using var client = new HttpClient(OutsideHttp.Handler(new OutsideOptions { AllowedAddresses = ["127.0.0.0/8"] }));

        await Should.ThrowAsync<AntiSSRFException>(() => client.GetAsync("http://127.0.0.1:1/"));
    }

    [Fact]
    public async Task Handler_OfARedirectToAnAddressThatIsNotPublic_DoesNotFollow()
    {
        using var server = new RedirectingServer("http://169.254.169.254/latest/meta-data/");
        using var client = new HttpClient(OutsideHttp.Handler(Loopback, redirects: 3));

        await Should.ThrowAsync<AntiSSRFException>(() => client.GetAsync(server.Url));

        server.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Handler_OfANameWithOneAddressThatIsNotAllowed_DoesNotGoToTheOtherEither()
    {
        // What a name answers now may be a good address and a bad one: whoever took the first that works could be led on by the order.
        var addresses = await Dns.GetHostAddressesAsync("localhost");
        var one = addresses.First();
        using var client = new HttpClient(OutsideHttp.Handler(new OutsideOptions { AllowHttp = true, AllowedAddresses = [Other(one)] }));

        await Should.ThrowAsync<AntiSSRFException>(() => client.GetAsync("http://localhost:1/"));

        static string Other(IPAddress one) => one.AddressFamily == AddressFamily.InterNetwork ? "::1" : "127.0.0.1";
    }

    [Fact]
    public async Task Handler_WithRedirectsLeftOut_HandsTheRedirectBack()
    {
        using var server = new RedirectingServer("http://127.0.0.1:1/");
        using var client = new HttpClient(OutsideHttp.Handler(Loopback));

        using var response = await client.GetAsync(server.Url);

        response.StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public void Faults_OfWhatIsNoNetwork_NameIt() =>
        new OutsideOptions { AllowedAddresses = ["10.0.0.0/8", "::1", "my-host"] }.Faults().ShouldHaveSingleItem().ShouldContain("my-host");

    private static OutsideOptions Loopback => new() { AllowHttp = true, AllowedAddresses = ["127.0.0.1"] };

    /// <summary>Answers each connection with a redirect.</summary>
    private sealed class RedirectingServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _asked;

        public RedirectingServer(string location)
        {
            _listener.Start();
            _ = ServeAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }

        public int Asked => _asked;

        public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(byte[] answer)
        {
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _asked);
                    var stream = client.GetStream();
                    var seen = new StringBuilder();
                    var buffer = new byte[1024];
                    while (!seen.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                        seen.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)));
                    await stream.WriteAsync(answer);
                }
                catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException)
                {
                    return;
                }
            }
        }
    }
}
