using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Contracts;
using Portal.Emulator.FrontDoor;
using Portal.Emulator.Kubernetes;
using Portal.Emulator.Kubernetes.Security;
using Portal.Emulator.Storage;

namespace Portal.Emulator;

/// <summary>The emulator as a web application: AWS endpoints on one port, the clusters' APIs with TLS on another.</summary>
public static class EmulatorApp
{
    /// <exception cref="EmulatorStartException">The configuration or the data folder is unusable.</exception>
    public static WebApplication Build(string[] args, Action<IConfigurationBuilder>? configure = null, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder.Configuration);
        var options = ReadOptions(builder.Configuration, args);

        // A presigned URL is as good as a key for a while, so requests are not logged; the ledger has them without signatures.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // Kestrel would warn that the two listeners override ASPNETCORE_URLS, and the host would print the stack of what RunAsync says in a sentence.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(provider => new EmulatorClock(provider.GetRequiredService<TimeProvider>(), options.ClockScale));
        builder.Services.AddSingleton(provider => new EmulatorDatabase(options.DataFolder, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IDocumentStore>(provider => provider.GetRequiredService<EmulatorDatabase>());
        builder.Services.AddSingleton<ILedger>(provider => provider.GetRequiredService<EmulatorDatabase>());
        builder.Services.AddAws(options);
        builder.Services.AddKubernetes(options);
        builder.Services.AddFrontDoor();
        services?.Invoke(builder.Services);
        Listen(builder, options);

        var app = builder.Build();
        app.MapKubernetes();
        app.UseFrontDoor();
        app.UseAws();
        app.MapGet("/health/live", () => "live");
        app.MapGet("/health/ready", () => "ready");
        app.MapLedger();
        app.MapFaults();
        return app;
    }

    /// <summary>Runs until stopped. What keeps it from starting is said in one sentence on standard error, with exit code 1.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = Build(args);
            await StartAsync(app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (EmulatorStartException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    /// <summary>Starts listening, and turns a port in use into a sentence with the remedy.</summary>
    public static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            var options = app.Services.GetRequiredService<EmulatorOptions>();
            throw new EmulatorStartException(
                $"{error.Message.TrimEnd('.')}: stop the other program, or set Emulator__Url (now {options.Url}) or Emulator__KubernetesUrl (now {options.KubernetesUrl}) to a free port.", error);
        }
    }

    private static EmulatorOptions ReadOptions(IConfiguration configuration, string[] args)
    {
        var options = new EmulatorOptions();
        try
        {
            configuration.GetSection(EmulatorOptions.Section).Bind(options);
        }
        catch (InvalidOperationException error)
        {
            throw new EmulatorStartException($"The section Emulator of the configuration cannot be read: {error.Message}", error);
        }

        // Only the command line's --urls: ASPNETCORE_URLS belongs to Portal where all three share a process.
        options.Url = new ConfigurationBuilder().AddCommandLine(args).Build()["urls"] ?? options.Url;
        options.TemplatesPath = configuration["Templates:Path"] ?? options.TemplatesPath;
        options.FindFolders(AppContext.BaseDirectory);
        var faults = options.Mistakes();
        return faults.Count == 0 ? options : throw new EmulatorStartException(string.Join(Environment.NewLine, faults));
    }

    private static void Listen(WebApplicationBuilder builder, EmulatorOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 4 * 1024 * 1024;
            ListenOn(kestrel, options.Url, null);
            if (kestrel.ApplicationServices.GetService<IServerCertificateSource>() is { } certificates)
                ListenOn(kestrel, options.KubernetesUrl, listener => listener.UseClusterHttps(certificates));
        });
    }

    private static void ListenOn(KestrelServerOptions kestrel, string url, Action<ListenOptions>? configure)
    {
        var address = BindingAddress.Parse(url);
        configure ??= _ => { };
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
            kestrel.Listen(ip, address.Port, configure);
        else if (address.Host == "localhost" && address.Port != 0)
            kestrel.ListenLocalhost(address.Port, configure);
        else
            kestrel.ListenAnyIP(address.Port, configure);
    }
}
