using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using Portal.Core.Notifications;

namespace Portal.Worker.Notifications;

/// <summary>Sends mail, as plain text.</summary>
public sealed class MailMessenger(IOptions<NotificationOptions> options, TimeProvider clock) : IMessenger
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly MailOptions _mail = options.Value.Mail;

    public DeliveryChannel Channel => DeliveryChannel.Mail;

    public async Task SendAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (_mail.Host.Length == 0)
            throw new DeliveryFailedException(new DeliveryTrouble("No mail server is configured any more.", CanRetry: false));
        if (!MailboxAddress.TryParse(delivery.Recipient, out var to))
            throw new DeliveryFailedException(new DeliveryTrouble("This is no mail address.", CanRetry: false));
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var client = new SmtpClient();
            await client.ConnectAsync(_mail.Host, _mail.Port, Security(_mail.Security), either.Token);
            if (_mail.User.Length > 0)
                await client.AuthenticateAsync(_mail.User, _mail.Password, either.Token);
            await client.SendAsync(Message(delivery, to), either.Token);
            await client.DisconnectAsync(quit: true, either.Token);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && TroubleOf(error) is not null)
        {
            throw new DeliveryFailedException(TroubleOf(error)!, error);
        }
    }

    private static SecureSocketOptions Security(MailSecurity security) => security switch
    {
        MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        MailSecurity.None => SecureSocketOptions.None,
        _ => SecureSocketOptions.StartTls,
    };

    private MimeMessage Message(Delivery delivery, MailboxAddress to)
    {
        var message = new MimeMessage { Subject = delivery.Title, Date = delivery.At, MessageId = $"{delivery.Id:N}@portal" };
        message.From.Add(MailboxAddress.Parse(_mail.From));
        message.To.Add(to);
        // So that nobody's notice of being away answers it.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        var link = options.Value.Link(delivery.Path);
        var settings = options.Value.Link("/notifications/settings");
        message.Body = new TextPart("plain")
        {
            Text = $"{delivery.Text}\n{(link is null ? "" : $"\n{link}\n")}\n-- \n{(settings is null ? "The portal's settings say what you are sent." : $"What you are sent: {settings}")}\n",
        };
        return message;
    }

    // The server's own words may quote an address or what was sent; only its number is told.
    private static DeliveryTrouble? TroubleOf(Exception error) => error switch
    {
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted } refused => new DeliveryTrouble($"The mail server does not take the address ({(int)refused.StatusCode}).", (int)refused.StatusCode < 500),
        SmtpCommandException refused => new DeliveryTrouble($"The mail server refused it ({(int)refused.StatusCode}).", (int)refused.StatusCode < 500),
        AuthenticationException => new DeliveryTrouble("The mail server does not take the user and the password that are configured."),
        SslHandshakeException => new DeliveryTrouble("The mail server's certificate is not trusted."),
        NotSupportedException => new DeliveryTrouble("The mail server does not offer what is configured (TLS, or signing in)."),
        ProtocolException or ServiceNotConnectedException or IOException => new DeliveryTrouble("The connection to the mail server broke."),
        SocketException => new DeliveryTrouble("The mail server does not answer."),
        OperationCanceledException or TimeoutException => new DeliveryTrouble("The mail server did not answer in time."),
        _ => null,
    };
}
