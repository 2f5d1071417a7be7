using System.Globalization;
using System.Runtime.Versioning;
using Portal.Core.Persistence;
using Portal.Infrastructure.Hosting;
using Portal.Infrastructure.SignIn;
using Portal.Worker.Aws;

namespace Portal.Infrastructure.Embedded;

/// <summary>What wires the three hosts of one process together, as configuration.</summary>
internal sealed record EmbeddedSettings(
    string DataFolder, int? PostgresPort, string PostgresUser, string EmulatorUrl, string KubernetesUrl, string AccountId, string Region,
    string ClockScale, bool HasTargets, bool HasSignIn)
{
    [SupportedOSPlatform("linux")]
    public static EmbeddedSettings From(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        return new EmbeddedSettings(
            Text("Portal:DataFolder") ?? Embedded.DataFolder.DefaultFor(builder.Environment.ContentRootPath),
            Port(Text("Portal:PostgresPort")),
            Text("Portal:PostgresUser") ?? "nobody",
            Text("Emulator:Url") ?? "http://127.0.0.1:4566",
            Text("Emulator:KubernetesUrl") ?? "https://127.0.0.1:4567",
            Text("Emulator:AccountId") ?? "000000000000",
            Text("Emulator:Region") ?? "us-east-1",
            Text("Emulator:ClockScale") ?? "60",
            configuration.GetSection("Portal:Targets").GetChildren().Any(),
            Text("Portal:SignIn:Method") is not null);

        string? Text(string key) => configuration[key] is { Length: > 0 } text ? text : null;
    }

    /// <summary>The target that there is where none is configured.</summary>
    public AwsTarget Sandbox(string emulatorUrl) => new("sandbox", AccountId, Region, null, emulatorUrl);

    /// <param name="account">Outputs of target.yaml in the sandbox's account.</param>
    public Dictionary<string, string?> ForPortal(DatabaseLogins logins, string emulatorUrl, IReadOnlyDictionary<string, string> account)
    {
        var settings = Empty();
        settings["ConnectionStrings:Portal"] = logins.Portal;
        settings["ConnectionStrings:Migrations"] = logins.Migrations;
        settings["Portal:DataFolder"] = DataFolder;
        // Somebody at their own machine, who wants to look; what is configured wins.
        if (!HasSignIn)
            settings["Portal:SignIn:Method"] = nameof(SignInWay.Personas);
        if (!HasTargets)
        {
            var sandbox = Sandbox(emulatorUrl);
            settings["Portal:Targets:0:Name"] = sandbox.Name;
            settings["Portal:Targets:0:AccountId"] = sandbox.AccountId;
            settings["Portal:Targets:0:Region"] = sandbox.Region;
            settings["Portal:Targets:0:EndpointUrl"] = sandbox.EndpointUrl;
            settings["Portal:Targets:0:TemplateBucket"] = account.GetValueOrDefault("TemplateBucket");
            settings["Portal:Targets:0:EventQueue"] = account.GetValueOrDefault("EventQueue");
            settings["Portal:Targets:0:FrontDoorUrl"] = $"{emulatorUrl.TrimEnd('/')}/_emulator/apis/{{api}}";
            settings["Portal:Targets:0:Pace"] = ClockScale;
        }

        return settings;
    }

    [SupportedOSPlatform("linux")]
    public Dictionary<string, string?> ForEmulator(DataFolder folder)
    {
        var settings = Addresses(EmulatorUrl);
        settings["Emulator:Url"] = EmulatorUrl;
        settings["Emulator:KubernetesUrl"] = KubernetesUrl;
        settings["Emulator:DataFolder"] = folder.Subfolder("emulator");
        settings["Emulator:AccountId"] = AccountId;
        settings["Emulator:Region"] = Region;
        settings["Emulator:AccessKeyId"] = folder.Secrets.AccessKeyId;
        settings["Emulator:SecretAccessKey"] = folder.Secrets.SecretAccessKey;
        return settings;
    }

    public Dictionary<string, string?> ForWorker(DatabaseLogins logins, string emulatorUrl, string helm, LocalSecrets secrets)
    {
        // Only its health checks; any free port on loopback.
        var settings = Addresses("http://127.0.0.1:0");
        settings["ConnectionStrings:Portal"] = logins.Portal;
        settings["Worker:Helm:Path"] = helm;
        foreach (var chart in (string[])["LoadBalancerController", "ClusterAutoscaler"])
            settings[$"Worker:Charts:{chart}:Repository"] = $"{emulatorUrl.TrimEnd('/')}/_emulator/charts";
        if (!HasTargets)
        {
            settings["Worker:Aws:AccessKeyId"] = secrets.AccessKeyId;
            settings["Worker:Aws:SecretAccessKey"] = secrets.SecretAccessKey;
        }

        return settings;
    }

    /// <summary>Three hosts that report their starts would bury the line with the address; the section Logging says otherwise.</summary>
    public static Dictionary<string, string?> Quiet()
    {
        var settings = Empty();
        foreach (var category in new[] { "Microsoft.AspNetCore", "Microsoft.Hosting.Lifetime", "Portal.Worker", "System.Net.Http" })
            settings["Logging:LogLevel:" + category] = "Warning";

        // It warns of every node that is gone, and after a restart that is ourselves.
        settings["Logging:LogLevel:Hangfire"] = "Error";

        return settings;
    }

    /// <summary>Addresses meant for Portal (ASPNETCORE_URLS and its relatives) are not meant for the others.</summary>
    private static Dictionary<string, string?> Addresses(string urls)
    {
        var settings = Empty();
        settings["urls"] = urls;
        settings["http_ports"] = "";
        settings["https_ports"] = "";
        return settings;
    }

    private static Dictionary<string, string?> Empty() => new(StringComparer.OrdinalIgnoreCase);

    private static int? Port(string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port
        : throw new CannotStartException($"Portal__PostgresPort is '{text}': give a number from 1 to 65535, or leave it out for a free port.");
}
