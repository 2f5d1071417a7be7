using System.Text.RegularExpressions;

namespace Portal.Emulator;

/// <summary>Everything that can be configured, section <c>Emulator</c>. The defaults suit a laptop.</summary>
public sealed partial class EmulatorOptions
{
    public const string Section = "Emulator";

    /// <summary>Where the AWS endpoints and <c>/_emulator/</c> listen. Port 0 takes a free one.</summary>
    public string Url { get; set; } = "http://127.0.0.1:4566";

    /// <summary>Where the clusters' Kubernetes APIs listen, with TLS.</summary>
    public string KubernetesUrl { get; set; } = "https://127.0.0.1:4567";

    /// <summary>Holds emulator.db. Default: <c>.portal/emulator</c> beside the folder Templates.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Folder Templates, for <c>catalog/durations.yaml</c> (key <c>Templates:Path</c>). Default: found by walking up.</summary>
    public string TemplatesPath { get; set; } = "";

    /// <summary>How many simulated seconds pass in a real one, 1 to 10000.</summary>
    public double ClockScale { get; set; } = 60;

    /// <summary>Durations and generated identifiers follow from it.</summary>
    public int Seed { get; set; } = 1;

    public string AccountId { get; set; } = "000000000000";

    public string Region { get; set; } = "us-east-1";

    public string AccessKeyId { get; set; } = "portal-local";

    public string SecretAccessKey { get; set; } = "portal-local-secret";

    /// <summary>Describe, List, Get and Validate calls of CloudFormation admitted per simulated second, account and region, with a burst of twice as many.</summary>
    public double ReadsPerSecond { get; set; } = 5;

    /// <summary>Calls of CloudFormation that create, update or delete stacks, admitted likewise.</summary>
    public double WritesPerSecond { get; set; } = 1;

    /// <summary>How many the account may have of what is counted.</summary>
    public QuotaOptions Quotas { get; set; } = new();

    /// <summary>A JSON file with a list of faults (see <c>Aws.Faults.Fault</c>) that are to happen; empty for none.</summary>
    public string Faults { get; set; } = "";

    /// <summary>Every fault in this configuration, in words that name the key; empty if it is sound.</summary>
    public IReadOnlyList<string> Mistakes()
    {
        var faults = new List<string>();
        void Check(bool sound, string fault)
        {
            if (!sound)
                faults.Add(fault);
        }

        Check(IsUrl(Url, "http"), $"Emulator:Url is '{Url}'; it takes an http address such as http://127.0.0.1:4566.");
        Check(IsUrl(KubernetesUrl, "https"), $"Emulator:KubernetesUrl is '{KubernetesUrl}'; it takes an https address such as https://127.0.0.1:4567.");
        Check(ClockScale is >= 1 and <= 10_000, $"Emulator:ClockScale is {ClockScale}; it takes a number from 1 to 10000.");
        Check(AccountPattern().IsMatch(AccountId), $"Emulator:AccountId is '{AccountId}'; it takes 12 digits.");
        Check(RegionPattern().IsMatch(Region), $"Emulator:Region is '{Region}'; it takes a region such as us-east-1.");
        Check(AccessKeyId.Length > 0, "Emulator:AccessKeyId is empty.");
        Check(SecretAccessKey.Length > 0, "Emulator:SecretAccessKey is empty.");
        Check(ReadsPerSecond > 0, $"Emulator:ReadsPerSecond is {ReadsPerSecond}; it takes a number above 0.");
        Check(WritesPerSecond > 0, $"Emulator:WritesPerSecond is {WritesPerSecond}; it takes a number above 0.");
        foreach (var (name, value) in Quotas.All)
            Check(value >= 0, $"Emulator:Quotas:{name} is {value}; it takes a number from 0.");
        Check(File.Exists(DurationsFile), $"Templates:Path is '{TemplatesPath}', but there is no catalog/durations.yaml in it.");
        Check(File.Exists(UpdateBehaviourFile), $"Templates:Path is '{TemplatesPath}', but there is no catalog/update-behaviour.yaml in it.");
        Check(Faults.Length == 0 || File.Exists(Faults), $"Emulator:Faults is '{Faults}', but there is no such file.");
        return faults;
    }

    /// <summary>Where the durations of resource types and activities are written down.</summary>
    public string DurationsFile => Path.Combine(TemplatesPath, "catalog", "durations.yaml");

    /// <summary>What a change of each property of a resource type does.</summary>
    public string UpdateBehaviourFile => Path.Combine(TemplatesPath, "catalog", "update-behaviour.yaml");

    /// <summary>Fills in the folders that were not configured.</summary>
    internal void FindFolders(string startAt)
    {
        if (TemplatesPath.Length == 0)
            TemplatesPath = FindTemplates(startAt) ?? Path.Combine(startAt, "Templates");
        if (DataFolder.Length == 0)
            DataFolder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(TemplatesPath)) ?? startAt, ".portal", "emulator");
    }

    private static string? FindTemplates(string startAt)
    {
        for (var folder = new DirectoryInfo(startAt); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "Templates");
            if (Directory.Exists(Path.Combine(candidate, "cloudformation")))
                return candidate;
        }

        return null;
    }

    private static bool IsUrl(string text, string scheme) =>
        Uri.TryCreate(text.Replace("://*", "://any", StringComparison.Ordinal).Replace("://+", "://any", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && uri.Scheme == scheme;

    [GeneratedRegex(@"^\d{12}\z")]
    private static partial Regex AccountPattern();

    [GeneratedRegex(@"^[a-z]{2}(-[a-z]+)+-\d\z")]
    private static partial Regex RegionPattern();
}
