using System.Text.Json;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Portal.Core.Notifications;

/// <summary>Whom an event is about.</summary>
public enum Audience
{
    Owner,
    Requester,

    /// <summary>Whose turn it is to decide, as the event says.</summary>
    Deciders,

    /// <summary>Who asked what the event answers, as it says.</summary>
    Askers,
}

/// <summary>What people are told, of which events and in which words: notices.yaml.</summary>
public sealed class NoticeCatalog
{
    private readonly Dictionary<string, List<NoticeText>> _byEvent;

    private NoticeCatalog(NoticeFile file)
    {
        if (file.Delivery.Waits.Count == 0 || file.Delivery.Waits.Exists(wait => wait < 1) || file.KeptDays < 1 || file.MostAPerson < 1 || file.AwayDays < 1)
            throw new InvalidDataException("notices.yaml: every wait, keptDays, mostAPerson and awayDays are 1 or more.");
        Kinds = [.. file.Kinds.Select(kind => new NoticeKind(kind.Id, kind.Title, kind.Mail))];
        Waits = [.. file.Delivery.Waits.Select(seconds => TimeSpan.FromSeconds(seconds))];
        (Kept, MostAPerson, Away) = (TimeSpan.FromDays(file.KeptDays), file.MostAPerson, TimeSpan.FromDays(file.AwayDays));
        _byEvent = file.Kinds.SelectMany(kind => kind.Notices, (kind, notice) => NoticeText.Of(kind.Id, notice)).GroupBy(text => text.Event, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
    }

    /// <summary>What a person chooses by.</summary>
    public IReadOnlyList<NoticeKind> Kinds { get; }

    /// <summary>Between one try and the next of what is told outside of the portal.</summary>
    public IReadOnlyList<TimeSpan> Waits { get; }

    public TimeSpan Kept { get; }

    public int MostAPerson { get; }

    /// <summary>Who has not signed in for so long is told nothing as a member of a group.</summary>
    public TimeSpan Away { get; }

    /// <summary>Of which events somebody is told.</summary>
    public IReadOnlyCollection<string> Events => _byEvent.Keys;

    /// <exception cref="InvalidDataException">The file is wrong; says where.</exception>
    public static NoticeCatalog Read()
    {
        using var stream = typeof(NoticeCatalog).Assembly.GetManifestResourceStream(typeof(NoticeCatalog), "notices.yaml") ?? throw new InvalidDataException("notices.yaml is missing.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }

    internal static NoticeCatalog Parse(string yaml)
    {
        try
        {
            return new NoticeCatalog(new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build().Deserialize<NoticeFile>(yaml));
        }
        catch (YamlDotNet.Core.YamlException error)
        {
            throw new InvalidDataException($"notices.yaml: {error.InnerException?.Message ?? error.Message}", error);
        }
    }

    /// <summary>What is told of an event; null for nothing.</summary>
    internal NoticeText? Find(string kind, JsonElement body) => _byEvent.GetValueOrDefault(kind)?.Find(text => text.IsOf(body));
}

/// <param name="Id">Kebab-case; it stands in what people have chosen and in the configuration of webhooks.</param>
/// <param name="Mail">Whether it goes by mail where nobody has chosen.</param>
public sealed record NoticeKind(string Id, string Title, bool Mail);

internal sealed class NoticeFile
{
    public DeliveryFile Delivery { get; set; } = new();
    public int KeptDays { get; set; }
    public int MostAPerson { get; set; }
    public int AwayDays { get; set; }
    public List<KindFile> Kinds { get; set; } = [];
}

internal sealed class DeliveryFile
{
    public List<int> Waits { get; set; } = [];
}

internal sealed class KindFile
{
    public string Id { get; set; } = "";
    public string Title { get; set; } = "";
    public bool Mail { get; set; }
    public List<NoticeEntry> Notices { get; set; } = [];
}

internal sealed class NoticeEntry
{
    public string Event { get; set; } = "";
    public List<Audience> To { get; set; } = [];
    public Dictionary<string, List<string>> Only { get; set; } = [];
    public string Title { get; set; } = "";
    public string Text { get; set; } = "";
    public string Path { get; set; } = "/requests/{{ number }}";
}
