using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.OpenApi;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Specifications;

namespace Portal.Features.Api;

/// <summary>A value of the address behind the question mark, as it is read and as the document describes it.</summary>
/// <param name="Choices">What it may be; empty for anything.</param>
internal sealed record QueryParameter(string Name, string Description, JsonSchemaType Type = JsonSchemaType.String, params IReadOnlyList<string> Choices)
{
    public static QueryParameter Of<T>(string name, string description)
        where T : struct, Enum => new(name, description, JsonSchemaType.String, Enum.GetNames<T>());
}

/// <summary>The parameters that an endpoint takes, for reader and document alike.</summary>
internal sealed record TakesQuery(IReadOnlyList<QueryParameter> Parameters)
{
    public static QueryParameter Cursor { get; } = new("cursor", "What the piece before said under next.");

    public static QueryParameter Limit { get; } = new("limit", $"How many at most, 1 to {EnvironmentQueries.MaxPageSize}; 25 where it is not said.", JsonSchemaType.Integer);
}

/// <summary>Reads them, and collects what cannot be read.</summary>
internal sealed class QueryValues
{
    private const int Usual = 25;
    private const int MostText = 200;
    private const int MostPages = 1000;
    private const string NoneOfOurs = "This cursor is none that was given out. Begin the list anew, without one.";

    private readonly IQueryCollection _query;
    private readonly List<FieldError> _errors = [];

    public QueryValues(HttpContext context)
    {
        _query = context.Request.Query;
        var known = context.GetEndpoint()?.Metadata.GetMetadata<TakesQuery>()?.Parameters.Select(one => one.Name).ToList() ?? [];
        foreach (var name in _query.Keys.Where(name => !known.Contains(name, StringComparer.Ordinal)).Take(10))
            _errors.Add(new FieldError(Shown(name), null, $"There is no parameter '{Shown(name)}' here. {(known.Count == 0 ? "There is none." : $"There {(known.Count == 1 ? "is" : "are")} {string.Join(", ", known)}.")}"));
    }

    public int Limit => Number("limit", 1, EnvironmentQueries.MaxPageSize) is { } limit ? (int)limit : Usual;

    /// <summary>Null where everything could be read.</summary>
    public Refusal? Refusal => _errors.Count > 0 ? new Unreadable(_errors) : null;

    public string? Text(string name)
    {
        if (Value(name) is not { Length: > 0 } text)
            return null;
        if (text.Length <= MostText && PlainText.Clean(text) == text)
            return text;
        return Fault<string>(name, text, $"{name} has letters that no name has, or more than {MostText}.");
    }

    public bool Flag(string name) => Value(name) switch
    {
        null or "false" => false,
        "true" or "" => true,
        var text => Fault<bool?>(name, text, $"{name} is '{Shown(text)}'; it has to be true or false.") ?? false,
    };

    public long? Number(string name, long least, long most) => Value(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : Fault<long?>(name, text, $"{name} is '{Shown(text)}'; it has to be a whole number from {least} to {most}.");

    public T? Choice<T>(string name)
        where T : struct, Enum => Value(name) is not { } text ? null
        : Enum.GetNames<T>().FirstOrDefault(one => string.Equals(one, text, StringComparison.OrdinalIgnoreCase)) is { } known ? Enum.Parse<T>(known)
        : Fault<T?>(name, text, $"{name} is '{Shown(text)}'; it has to be one of {string.Join(", ", Enum.GetNames<T>())}.");

    /// <summary>What a cursor of ours stands for: its parts.</summary>
    /// <param name="parts">How many there have to be.</param>
    public string[]? Cursor(int parts = 1)
    {
        if (Value("cursor") is not { Length: > 0 } text)
            return null;
        try
        {
            if (text.Length <= MostText && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('\n') is var read && read.Length == parts && read.All(part => PlainText.Clean(part) == part))
                return read;
        }
        catch (FormatException)
        {
            // Not one of ours.
        }

        return Fault<string[]>("cursor", text, NoneOfOurs);
    }

    public long? CursorNumber() => Cursor() is not [var part] ? null
        : long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : Fault<long?>("cursor", part, NoneOfOurs);

    /// <summary>From 0, of a list that is read page by page.</summary>
    public int CursorPage() => (int)Math.Min(CursorNumber() ?? 0, MostPages);

    /// <param name="page">That was read; from 0.</param>
    public static Piece<T> PieceOf<T>(IReadOnlyList<T> items, int page, int limit, int total) => new(items, (page + 1) * limit < total ? CursorOf(page + 1) : null);

    /// <summary>A day as 2026-11-30.</summary>
    public DateOnly? Day(string name) => Value(name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue ? day
        : Fault<DateOnly?>(name, text, $"{name} is '{Shown(text)}'; it has to be a day as 2026-11-30.");

    public T? NoCursor<T>() => Fault<T>("cursor", null, NoneOfOurs);

    public static string CursorOf(params string[] parts) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join('\n', parts)));

    public static string CursorOf(long number) => CursorOf(number.ToString(CultureInfo.InvariantCulture));

    public TValue? Fault<TValue>(string field, string? value, string message)
    {
        _errors.Add(new FieldError(field, value is null ? null : Shown(value), message));
        return default;
    }

    private string? Value(string name)
    {
        var values = _query[name];
        return values.Count > 1 ? Fault<string>(name, values[1], $"{name} is said more than once; say it once.") : values.Count == 1 ? values[0] : null;
    }

    private static string Shown(string text) => PlainText.Clean(text.Length > 60 ? text[..60] + "…" : text);
}
