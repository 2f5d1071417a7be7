using Microsoft.Extensions.Options;
using MimeKit;
using Portal.Core.Notifications;
using Portal.Core.Outside;

namespace Portal.Worker.Notifications;

/// <summary>Section <c>Worker:Notifications</c>: the ways out of the portal. What is not configured is not there, and pages say so.</summary>
public sealed class NotificationOptions
{
    public const string Section = "Worker:Notifications";

    /// <summary>Where people reach the portal, so that what is sent can lead there; empty for no links.</summary>
    public string PortalUrl { get; init; } = "";

    public MailOptions Mail { get; init; } = new();

    public List<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>Beyond the public internet, for webhooks.</summary>
    public OutsideOptions Outside { get; init; } = new();

    internal NoticeRoutes Routes => new(Mail.Host.Length > 0, [.. Webhooks.Select(webhook => new WebhookRoute(webhook.Name, webhook.Kinds))]);

    /// <param name="path">Within the portal.</param>
    internal string? Link(string path) => PortalUrl.Length == 0 ? null : PortalUrl.TrimEnd('/') + path;
}

/// <summary>The server that takes mail.</summary>
public sealed class MailOptions
{
    /// <summary>Empty for no mail.</summary>
    public string Host { get; init; } = "";

    public int Port { get; init; } = 587;

    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    /// <summary>Empty for a server that asks for nobody.</summary>
    public string User { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>For example <c>Portal &lt;portal@example.org&gt;</c>.</summary>
    public string From { get; init; } = "";
}

public enum MailSecurity
{
    StartTls,

    /// <summary>From the first byte, as on port 465.</summary>
    Tls,

    /// <summary>For a relay on the same machine or network.</summary>
    None,
}

/// <summary>An address that is told by HTTP.</summary>
public sealed class WebhookOptions
{
    /// <summary>What people know it by; the address itself may be a secret, as Slack's are, and is shown nowhere.</summary>
    public string Name { get; init; } = "";

    public string Url { get; init; } = "";

    /// <summary>What each message is signed with.</summary>
    public string Secret { get; init; } = "";

    /// <summary>Ids of what it is told; none for everything.</summary>
    public List<string> Kinds { get; init; } = [];
}

/// <summary>Every fault in one message, without quoting a secret.</summary>
internal sealed class NotificationOptionsValidator(NoticeCatalog catalog) : IValidateOptions<NotificationOptions>
{
    private const int ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, NotificationOptions options)
    {
        var faults = Faults(options).Select(fault => $"{NotificationOptions.Section}:{fault}").ToList();
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> Faults(NotificationOptions options)
    {
        if (options.PortalUrl.Length > 0 && !IsWeb(options.PortalUrl))
            yield return $"PortalUrl is '{options.PortalUrl}'; give the address that people open, for example https://portal.example.org.";
        foreach (var fault in Faults(options.Mail))
            yield return $"Mail:{fault}";
        foreach (var fault in options.Webhooks.SelectMany((webhook, index) => Faults(webhook).Select(fault => $"Webhooks:{index}:{fault}")))
            yield return fault;
        if (options.Webhooks.GroupBy(webhook => webhook.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            yield return $"Webhooks has '{twice.Key}' {twice.Count()} times; give each a name of its own.";
        foreach (var fault in options.Outside.Faults())
            yield return $"Outside:{fault}";
    }

    private static IEnumerable<string> Faults(MailOptions mail)
    {
        if (mail.Host.Length == 0)
            yield break;
        if (mail.Port is < 1 or > 65535)
            yield return $"Port is {mail.Port}; give a number from 1 to 65535, for example 587.";
        if (!MailboxAddress.TryParse(mail.From, out var from) || !from.Address.Contains('@', StringComparison.Ordinal))
            yield return $"From is '{mail.From}'; give the address that mail comes from, for example 'Portal <portal@example.org>'.";
        if (mail.User.Length > 0 != mail.Password.Length > 0)
            yield return "User and Password go together; give both, or neither for a server that asks for nobody.";
        if (mail is { Security: MailSecurity.None, Password.Length: > 0 })
            yield return "Security is None, which would send the password in the clear; use StartTls or Tls.";
    }

    private IEnumerable<string> Faults(WebhookOptions webhook)
    {
        if (webhook.Name.Length is 0 or > 60)
            yield return "Name is empty or longer than 60 letters; give the webhook a name that people know it by.";
        if (!IsWeb(webhook.Url))
            yield return "Url is no http address; give the whole of it.";
        if (webhook.Secret.Length < ShortestSecret)
            yield return $"Secret has {webhook.Secret.Length} letters; give {ShortestSecret} or more, known to the receiver as well.";
        if (webhook.Kinds.Find(kind => !catalog.Kinds.Any(one => one.Id == kind)) is { } unknown)
            yield return $"Kinds has '{unknown}'; the kinds are {string.Join(", ", catalog.Kinds.Select(kind => kind.Id))}.";
    }

    private static bool IsWeb(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
}
