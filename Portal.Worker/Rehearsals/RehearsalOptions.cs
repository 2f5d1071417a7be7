using Microsoft.Extensions.Options;
using Npgsql;

namespace Portal.Worker.Rehearsals;

/// <summary>Section <c>Worker:Rehearsals</c>.</summary>
public sealed class RehearsalOptions
{
    public const string Section = "Worker:Rehearsals";

    /// <summary>Path of the program that plays a rehearsal, Portal.Stage.dll; empty for the one beside this worker's own, or in its folder <c>stage</c>.</summary>
    public string Program { get; set; } = "";

    /// <summary>Connection string of a server on which databases may be made and dropped; empty for the portal's own.</summary>
    public string Server { get; set; } = "";

    /// <summary>How many times as fast as AWS it goes, 1 to 10000.</summary>
    public double ClockScale { get; set; } = 120;

    /// <summary>How long one may take. What fails is tried again with pauses of real time, so that a failure takes longer than a success.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <returns>Null where there is no such program.</returns>
    internal string? FindProgram()
    {
        const string name = "Portal.Stage.dll";
        string[] places = Program.Length > 0 ? [Program] : [Path.Combine(AppContext.BaseDirectory, "stage", name), Path.Combine(AppContext.BaseDirectory, name)];
        return Array.Find(places, File.Exists);
    }
}

internal sealed class RehearsalOptionsValidator : IValidateOptions<RehearsalOptions>
{
    public ValidateOptionsResult Validate(string? name, RehearsalOptions options)
    {
        var faults = new List<string>();
        if (options.Program.Length > 0 && !File.Exists(options.Program))
            faults.Add($"{RehearsalOptions.Section}:Program is '{options.Program}', where there is no file: give the path of Portal.Stage.dll, or leave it out.");
        if (options.ClockScale is not (>= 1 and <= 10_000))
            faults.Add($"{RehearsalOptions.Section}:ClockScale is {options.ClockScale}; it takes a number from 1 to 10000.");
        if (options.TimeLimit <= TimeSpan.Zero || options.TimeLimit > TimeSpan.FromHours(4))
            faults.Add($"{RehearsalOptions.Section}:TimeLimit is {options.TimeLimit}; it takes a time up to 04:00:00.");
        if (!IsConnectionString(options.Server))
            faults.Add($"{RehearsalOptions.Section}:Server cannot be read: it takes Host=…;Port=…;Database=…;Username=…;Password=…, values with a semicolon in quotes.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    // Without Npgsql's own words: they may quote a piece of the password.
    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text) is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
