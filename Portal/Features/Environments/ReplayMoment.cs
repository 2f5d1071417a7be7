using System.Globalization;
using Portal.Core.Environments;

namespace Portal.Features.Environments;

/// <summary>The moment of an operation that an environment's page shows instead of now, as every address on that page keeps it. Pure.</summary>
/// <param name="At">Since the operation's beginning.</param>
public sealed record ReplayMoment(Guid Operation, TimeSpan At)
{
    /// <summary>For an address; nothing of it where the page shows now.</summary>
    public static IEnumerable<(string Name, string? Value)> ParametersOf(ReplayMoment? moment) => [("replay", moment?.Operation.ToString()), ("at", moment?.Seconds)];

    /// <summary>"12.5": as an address says <see cref="At"/>.</summary>
    public string Seconds => SecondsOf(At);

    public static string SecondsOf(TimeSpan at) => Math.Round(at.TotalSeconds, 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>As long after the recording's beginning as an address says, and its beginning where it says nothing that can be meant.</summary>
    public static TimeSpan Read(string? at, Recording recording) =>
        double.TryParse(at, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, recording.Length.TotalSeconds)) : TimeSpan.Zero;
}
