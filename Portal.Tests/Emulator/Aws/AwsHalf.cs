using Microsoft.Extensions.DependencyInjection;
using Portal.Emulator;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Contracts;
using Portal.Emulator.Storage;

namespace Portal.Tests.Emulator.Aws;

/// <summary>The AWS half without HTTP, on a clock moved by hand (scale 1) and a data folder that outlives it.</summary>
internal sealed class AwsHalf : IDisposable
{
    private readonly ServiceProvider _services;

    public AwsHalf(TestFolder folder, ManualTime? time = null, FakeFleet? fleet = null, double reads = 10_000, double writes = 10_000, string faults = "", QuotaOptions? quotas = null)
    {
        Time = time ?? new ManualTime();
        Fleet = fleet ?? new FakeFleet();
        var options = new EmulatorOptions { DataFolder = folder.Data, TemplatesPath = folder.Templates, ClockScale = 1, ReadsPerSecond = reads, WritesPerSecond = writes, Faults = faults, Quotas = quotas ?? new() };
        options.Mistakes().ShouldBeEmpty();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(options);
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton(new EmulatorClock(Time, options.ClockScale));
        services.AddSingleton(new EmulatorDatabase(folder.Data, Time));
        services.AddSingleton<IDocumentStore>(provider => provider.GetRequiredService<EmulatorDatabase>());
        services.AddSingleton<ILedger>(provider => provider.GetRequiredService<EmulatorDatabase>());
        services.AddSingleton<IKubernetesFleet>(Fleet);
        services.AddAws(options);
        _services = services.BuildServiceProvider();
        _ = Get<StackEngine>().StartAsync(CancellationToken.None);
    }

    public ManualTime Time { get; }

    public FakeFleet Fleet { get; }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public Stack Create(string name, string template, string? token = null, string onFailure = "ROLLBACK", params (string Key, string Value)[] parameters) =>
        Get<StackCommands>().Create(Request(name, template, token, parameters) with { OnFailure = onFailure });

    public Stack Update(string name, string template, string? token = null, params (string Key, string Value)[] parameters) =>
        Get<StackCommands>().Update(Request(name, template, token, parameters));

    /// <summary>Fails the next creation, update or deletion of the type.</summary>
    public void Fail(string on, string type, string reason) => Get<FaultPlan>().Add(new Fault { Type = type, Reason = reason, On = on });

    /// <summary>Calls an action of CloudFormation as it comes over the wire; the answer without its namespace.</summary>
    public System.Xml.Linq.XElement Ask(string action, params (string Key, string Value)[] parameters)
    {
        var values = parameters.Append(("Action", action)).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        var request = new AwsRequest("id", "POST", "/", new QueryParameters(values), new Caller("000000000000", "arn:aws:iam::000000000000:user/portal", "id", "arn:aws:iam::000000000000:user/portal"));
        var body = BodyOf(Get<IEnumerable<IAwsService>>().Single(service => service.SigningName == "cloudformation").Handle(request));
        return System.Xml.Linq.XElement.Parse(body.Replace(" xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"", "", StringComparison.Ordinal));
    }

    public static string BodyOf(AwsResponse response)
    {
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        response.Write(written);
        return System.Text.Encoding.UTF8.GetString(written.WrittenSpan);
    }

    public void Delete(string name) => Get<StackCommands>().Delete(name, null, []);

    public Stack Stack(string nameOrId) => Get<StackEngine>().Read(stacks => stacks.Find(nameOrId)).ShouldNotBeNull();

    public void Move(double seconds) => Time.Move(TimeSpan.FromSeconds(seconds));

    public IReadOnlyList<LedgerEntry> Effects(string service, string action) =>
        Get<EmulatorDatabase>().ReadLedger("effect", service, action, 0, 1000);

    public void Dispose() => _services.Dispose();

    private static StackRequest Request(string name, string template, string? token, (string Key, string Value)[] parameters) =>
        new(name, template, parameters.ToDictionary(pair => pair.Key, pair => (string?)pair.Value), null, ["CAPABILITY_NAMED_IAM"], token)
        {
            Creator = "arn:aws:iam::000000000000:user/portal",
        };
}

/// <summary>A data folder and a catalogue of durations: 10 s of overhead, 5 s for anything, 60 s for a DBCluster.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("emulator-").FullName;

    public TestFolder()
    {
        Directory.CreateDirectory(Path.Combine(Templates, "catalog"));
        File.Copy(Path.Combine(Repository, "update-behaviour.yaml"), Path.Combine(Templates, "catalog", "update-behaviour.yaml"));
        File.WriteAllText(Path.Combine(Templates, "catalog", "durations.yaml"), """
            stackOverhead: 10
            default: { create: { low: 5, typical: 5, high: 5 }, delete: 2, source: test }
            types:
              "AWS::RDS::DBCluster": { create: { low: 60, typical: 60, high: 60 }, delete: 30, source: test }
            activities:
              loadBalancer: { create: { low: 150, typical: 150, high: 150 }, delete: 15, source: test }
              loadBalancerInterfaces: { create: { low: 0, typical: 0, high: 0 }, delete: 120, source: test }
            """);
    }

    /// <summary>The catalogue as it is in the repository; only the durations are the test's own.</summary>
    private static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!Directory.Exists(Path.Combine(folder.FullName, "Templates", "catalog")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException("Templates/catalog");
            return Path.Combine(folder.FullName, "Templates", "catalog");
        }
    }

    public string Data => Path.Combine(_root, "data");

    public string Templates => Path.Combine(_root, "Templates");

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
