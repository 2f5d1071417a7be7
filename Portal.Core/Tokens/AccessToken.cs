using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Portal.Core.Security;

namespace Portal.Core.Tokens;

/// <summary>The way people sign in to this portal; a token of another way is none, as a session is none.</summary>
public sealed record TokenMethod(string Name);

/// <summary>What a token looks like: letters to know it by, then as much chance as nobody guesses.</summary>
public static class TokenText
{
    /// <summary>Letters that are kept, to recognize it by.</summary>
    public const int PrefixLength = 9;

    private const string Begins = "pt_";
    private const int Bytes = 32;
    private const int Length = 46;

    public static string New() => Begins + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Whether it can be one; what cannot is not looked for.</summary>
    public static bool Fits(string text) => text.Length == Length && text.StartsWith(Begins, StringComparison.Ordinal);

    /// <summary>Who reads the table cannot act with it.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>A token as lists show it.</summary>
/// <param name="Prefix">Its first letters.</param>
/// <param name="Team">Whom it acts for; null for a person.</param>
/// <param name="OwnerName">Of that person; the team's name else.</param>
/// <param name="UsedAt">To the minute; null for never.</param>
public sealed record TokenSummary(
    Guid Id, string Name, string Prefix, string? Team, string OwnerName, IReadOnlyList<TokenScope> Scopes, string MadeByName, DateTimeOffset MadeAt, DateTimeOffset ExpiresAt,
    DateTimeOffset? UsedAt, DateTimeOffset? RevokedAt);

/// <summary>Who a program acts as.</summary>
public sealed record TokenHolder(Guid TokenId, Actor Actor);

/// <param name="Team">Null for the one who makes it.</param>
/// <param name="Days">How long it is good for.</param>
public sealed record NewToken(string Name, string? Team, IReadOnlyList<TokenScope> Scopes, int Days);

/// <param name="Text">What is shown once, and stands nowhere.</param>
public sealed record MadeToken(Guid Id, string Text);

/// <summary>It cannot be made so; says what would do.</summary>
public sealed record InvalidToken(IReadOnlyList<FieldError> Errors) : Refusal("invalid_token", Errors[0].Message);

public static class TokenLimits
{
    /// <summary>Characters.</summary>
    public const int MaxName = 40;

    public const int MostDays = 366;

    /// <summary>That are good, of a person or of a team.</summary>
    public const int MostAtOnce = 50;

    /// <summary>A person's tokens rest once the sign-in has told nothing of them for so long: who has left cannot be told from who is away.</summary>
    public static readonly TimeSpan OwnerUnheard = TimeSpan.FromDays(90);
}
