using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;
using Portal.Core.Notifications;
using Portal.Core.Outside;

namespace Portal.Worker.Notifications;

/// <summary>
/// Posts to webhooks, in a body that Slack and what understands its messages take. Each is signed over the moment and the body
/// (<c>X-Portal-Signature: t=…,v1=…</c>, HMAC-SHA256), so that the receiver can tell ours from others' and old ones from new.
/// </summary>
public sealed class WebhookMessenger : IMessenger, IDisposable
{
    public const string SignatureHeader = "X-Portal-Signature";
    public const string DeliveryHeader = "X-Portal-Delivery";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // What somebody answers is not read; this is only how much of it is taken off the connection.
    private const int MostAnswer = 64 * 1024;

    private readonly NotificationOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _client;

    public WebhookMessenger(IOptions<NotificationOptions> options, TimeProvider clock)
    {
        (_options, _clock) = (options.Value, clock);
        // Whoever moves a webhook says so in the configuration; a redirect of a signed message is not followed.
        _client = new HttpClient(OutsideHttp.Handler(_options.Outside)) { Timeout = Patience, MaxResponseContentBufferSize = MostAnswer };
    }

    public DeliveryChannel Channel => DeliveryChannel.Webhook;

    public async Task SendAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (_options.Webhooks.Find(webhook => webhook.Name == delivery.Recipient) is not { } webhook)
            throw new DeliveryFailedException(new DeliveryTrouble("No webhook of this name is configured any more.", CanRetry: false));
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url);
        var body = Body(delivery);
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } };
        request.Headers.Add(SignatureHeader, Sign(webhook.Secret, _clock.GetUtcNow(), body));
        request.Headers.Add(DeliveryHeader, delivery.Id.ToString());
        request.Headers.Add("X-Portal-Kind", delivery.Kind);
        request.Headers.Add("X-Portal-Event", string.Create(CultureInfo.InvariantCulture, $"{delivery.Environment}/{delivery.EventNumber}"));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Portal", null));
        using var response = await PostAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new DeliveryFailedException(TroubleOf(response));
    }

    public void Dispose() => _client.Dispose();

    /// <summary>As the header has it.</summary>
    internal static string Sign(string secret, DateTimeOffset at, byte[] body)
    {
        var moment = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(moment + "."), .. body];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        return $"t={moment},v1={Convert.ToHexStringLower(mac)}";
    }

    private async Task<HttpResponseMessage> PostAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.SendAsync(request, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && OutsideHttp.InWords(error) is not null)
        {
            // Its address stands in no sentence of ours.
            throw new DeliveryFailedException(new DeliveryTrouble($"It could not be reached: {OutsideHttp.InWords(error)}.", CanRetry: error is not AntiSSRFException and not ArgumentException), error);
        }
    }

    private DeliveryTrouble TroubleOf(HttpResponseMessage response)
    {
        var mayPass = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)response.StatusCode >= 500;
        var after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _clock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return new DeliveryTrouble($"It answered {(int)response.StatusCode}.", mayPass, after);
    }

    private byte[] Body(Delivery delivery)
    {
        var title = _options.Link(delivery.Path) is { } link ? $"*<{link}|{Escape(delivery.Title)}>*" : $"*{Escape(delivery.Title)}*";
        // "text" is what notifications and older clients show of it.
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            text = $"{Escape(delivery.Title)}: {Escape(delivery.Text)}",
            blocks = new[] { new { type = "section", text = new { type = "mrkdwn", text = $"{title}\n{Escape(delivery.Text)}" } } },
        });
    }

    // The three letters that Slack gives a meaning: with them, somebody's comment could call a whole channel.
    // https://docs.slack.dev/messaging/formatting-message-text#escaping
    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
