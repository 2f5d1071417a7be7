using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Portal.Core.Notifications;
using Portal.Core.Outside;
using Portal.Tests.Fixtures;
using Portal.Worker.Notifications;

namespace Portal.Tests.Worker.Notifications;

public sealed class MessengerTests : IDisposable
{
    private const string Secret = "a-secret-of-the-receiver";

    private readonly ManualClock _clock = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public MessengerTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Webhook_OfADelivery_IsSignedAndSaysItInSlacksWords()
    {
        var received = ReceiveAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var messenger = Webhooks();
        var delivery = Delivery("chat") with { Title = "Ada <!channel> & co", Text = "said *this*" };

        await messenger.SendAsync(delivery, default);

        var (head, body) = await received;
        var said = JsonDocument.Parse(body).RootElement;
        said.GetProperty("text").GetString().ShouldBe("Ada &lt;!channel&gt; &amp; co: said *this*");
        said.GetProperty("blocks")[0].GetProperty("text").GetProperty("text").GetString().ShouldBe("*<https://portal.example.org/requests/17|Ada &lt;!channel&gt; &amp; co>*\nsaid *this*");
        head.ShouldContain($"X-Portal-Delivery: {delivery.Id}");
        head.ShouldContain("X-Portal-Event: shop/3");
        var moment = _clock.GetUtcNow().ToUnixTimeSeconds();
        var mac = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{moment}.{body}")));
        head.ShouldContain($"X-Portal-Signature: t={moment},v1={mac}");
        (head + body).ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData("503 Busy\r\nRetry-After: 120", true, 120)]
    [InlineData("429 Slower", true, null)]
    [InlineData("404 Gone", false, null)]
    [InlineData("302 Found\r\nLocation: http://169.254.169.254/", false, null)]
    public async Task Webhook_ThatIsNotTaken_SaysWhetherItMayBeLater(string answer, bool canRetry, int? after)
    {
        _ = ReceiveAsync($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
        using var messenger = Webhooks();

        var trouble = (await Should.ThrowAsync<DeliveryFailedException>(() => messenger.SendAsync(Delivery("chat"), default))).Trouble;

        trouble.CanRetry.ShouldBe(canRetry);
        trouble.RetryAfter.ShouldBe(after is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        trouble.Trouble.ShouldNotContain("127.0.0.1");
    }

    [Fact]
    public async Task Webhook_ToAnAddressThatIsNotPublic_IsNotTriedAgain()
    {
        using var messenger = Webhooks(new OutsideOptions { AllowHttp = true });

        var trouble = (await Should.ThrowAsync<DeliveryFailedException>(() => messenger.SendAsync(Delivery("chat"), default))).Trouble;

        trouble.CanRetry.ShouldBeFalse();
        trouble.Trouble.ShouldContain("not public");
        _listener.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task Mail_OfADelivery_ArrivesWithItsIdAndNoHeaderOfAnybodys()
    {
        var received = ReceiveMailAsync("250 taken");
        var delivery = Delivery("Ada <ada@example.org>") with { Title = "Größe\r\nBcc: everybody@example.org", Text = "One line.\nAnother." };

        await Mail().SendAsync(delivery, default);

        var mail = await received;
        mail.ShouldContain("RCPT TO:<ada@example.org>");
        mail.ShouldContain($"Message-Id: <{delivery.Id:N}@portal>", Case.Insensitive);
        mail.ShouldContain("https://portal.example.org/requests/17");
        mail.Split("\r\n").ShouldNotContain(line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("550 no such person", false)]
    [InlineData("450 later", true)]
    public async Task Mail_ThatIsNotTaken_SaysWhetherItMayBeLater(string answer, bool canRetry)
    {
        _ = ReceiveMailAsync(answer);

        var trouble = (await Should.ThrowAsync<DeliveryFailedException>(() => Mail().SendAsync(Delivery("ada@example.org"), default))).Trouble;

        trouble.CanRetry.ShouldBe(canRetry);
        trouble.Trouble.ShouldNotContain("no such person");
    }

    [Fact]
    public void Validate_OfAFaultyConfiguration_NamesEachWithoutASecret()
    {
        var options = new NotificationOptions
        {
            PortalUrl = "portal",
            Mail = new MailOptions { Host = "mail", Port = 0, From = "nobody", User = "u" },
            Webhooks = [new WebhookOptions { Name = "a", Url = "file:///etc", Secret = "short", Kinds = ["no-kind"] }, new WebhookOptions { Name = "A", Url = "https://x", Secret = Secret }],
            Outside = new OutsideOptions { AllowedAddresses = ["x"] },
        };

        var faults = new NotificationOptionsValidator(NoticeCatalog.Read()).Validate(null, options).Failures!.ToList();

        faults.Count.ShouldBe(9);
        string.Concat(faults).ShouldNotContain("short");
        new NotificationOptionsValidator(NoticeCatalog.Read()).Validate(null, new NotificationOptions()).Succeeded.ShouldBeTrue();
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private WebhookMessenger Webhooks(OutsideOptions? outside = null) => new(
        Options.Create(new NotificationOptions
        {
            PortalUrl = "https://portal.example.org/",
            Webhooks = [new WebhookOptions { Name = "chat", Url = $"http://127.0.0.1:{Port}/hooks/secret", Secret = Secret }],
            Outside = outside ?? new OutsideOptions { AllowHttp = true, AllowedAddresses = ["127.0.0.1"] },
        }), _clock);

    private MailMessenger Mail() => new(
        Options.Create(new NotificationOptions
        {
            PortalUrl = "https://portal.example.org",
            Mail = new MailOptions { Host = "127.0.0.1", Port = Port, Security = MailSecurity.None, From = "Portal <portal@example.org>" },
        }), TimeProvider.System);

    private Delivery Delivery(string recipient) =>
        new(Guid.CreateVersion7(), DeliveryChannel.Webhook, recipient, Guid.NewGuid(), "shop", 3, "to-decide", "Info", "A title", "A text.", "/requests/17", _clock.GetUtcNow(), 1);

    private async Task<(string Head, string Body)> ReceiveAsync(string answer)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            seen.Append(Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer)));
            var text = seen.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
                continue;
            var length = text.Split("\r\n").Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(line => int.Parse(line[15..])).FirstOrDefault();
            if (Encoding.UTF8.GetByteCount(text[(end + 4)..]) < length)
                continue;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            return (text[..end], text[(end + 4)..]);
        }
    }

    /// <param name="answer">To the recipient.</param>
    private async Task<string> ReceiveMailAsync(string answer)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        var seen = new StringBuilder();
        await writer.WriteLineAsync("220 mail.example.org");
        while (await reader.ReadLineAsync() is { } line)
        {
            seen.Append(line).Append("\r\n");
            var reply = line.Split(' ', ':')[0].ToUpperInvariant() switch
            {
                "EHLO" => "250 mail.example.org",
                "RCPT" => answer,
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                "MAIL" or "RSET" => "250 ok",
                _ => line == "." ? "250 taken" : null,
            };
            if (reply is not null)
                await writer.WriteLineAsync(reply);
            if (line == "QUIT")
                break;
        }

        return seen.ToString();
    }
}
