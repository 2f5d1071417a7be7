namespace Portal.Core.Specifications;

/// <summary>What is said of a new environment besides its specification.</summary>
/// <param name="Team">Whose it is to be; empty for no team's, null for the only one of who asks.</param>
/// <param name="GoldenPath">Id of the one that it begins with, and keeps to; empty for none.</param>
public sealed record AskedFor(string? Team = null, string GoldenPath = "")
{
    public static AskedFor Nothing { get; } = new();
}
