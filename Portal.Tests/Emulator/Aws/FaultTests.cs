using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Portal.Emulator;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Storage;

namespace Portal.Tests.Emulator.Aws;

/// <summary>What goes wrong on request, and what the emulator knows about it.</summary>
public sealed class FaultTests : IDisposable
{
    private const string Keys = "Resources: { A: { Type: AWS::KMS::Key } }";

    private readonly TestFolder _folder = new();

    [Fact]
    public void Stall_Resource_NeverFinishesUntilTheStackIsDeleted()
    {
        using var aws = new AwsHalf(_folder);
        aws.Get<FaultPlan>().Add(new Fault { Kind = "stall", Type = "AWS::KMS::Key" });
        var id = aws.Create("keys", Keys).Id;
        aws.Move(100_000);
        aws.Stack("keys").Status.ShouldBe("CREATE_IN_PROGRESS");
        aws.Delete("keys");
        aws.Move(100);
        aws.Stack(id).Status.ShouldBe("DELETE_COMPLETE");
    }

    [Fact]
    public void Slow_Type_TakesThatManyTimesAsLong()
    {
        using var aws = new AwsHalf(_folder);
        aws.Get<FaultPlan>().Add(new Fault { Kind = "slow", Type = "*", Factor = 10 });
        aws.Create("keys", Keys);
        aws.Move(59);
        aws.Stack("keys").Status.ShouldBe("CREATE_IN_PROGRESS");
        aws.Move(2);
        aws.Stack("keys").Status.ShouldBe("CREATE_COMPLETE");
    }

    [Fact]
    public void LoseEvents_SameSeed_LosesTheSame()
    {
        var kept = Enumerable.Range(0, 2).Select(_ =>
        {
            using var folder = new TestFolder();
            using var aws = new AwsHalf(folder);
            aws.Get<FaultPlan>().Add(new Fault { Kind = "lose-events", Rate = 0.5 });
            aws.Create("keys", Keys);
            aws.Move(100);
            aws.Stack("keys").Status.ShouldBe("CREATE_COMPLETE");
            return string.Join(' ', aws.Stack("keys").Events.Select(entry => entry.LogicalId + entry.Status));
        }).ToList();
        kept[0].ShouldBe(kept[1]);
        kept[0].Split(' ').Length.ShouldBeLessThan(5);
    }

    [Fact]
    public void File_AtStart_IsReadOnceAndItsFaultsAreSpentOnce()
    {
        var file = Path.Combine(_folder.Templates, "faults.json");
        File.WriteAllText(file, """[{ "type": "AWS::KMS::Key", "nth": 2, "reason": "Quota" }]""");
        using (var first = new AwsHalf(_folder, faults: file))
        {
            first.Create("one", Keys);
            first.Create("two", Keys);
            first.Move(100);
            first.Stack("two").Status.ShouldBe("ROLLBACK_COMPLETE");
        }

        using var again = new AwsHalf(_folder, faults: file);
        again.Get<FaultPlan>().All.ShouldBeEmpty();
        File.WriteAllText(file, """[{ "kind": "nonsense" }]""");
        Should.Throw<EmulatorStartException>(() => FaultFile.Read(file)).Message.ShouldContain("'nonsense' is none of fail");
    }

    /// <summary>API reference, "Common errors": Throttling, 400; the message is what clients see from CloudFormation.</summary>
    [Fact]
    public void Limits_TooManyCalls_AreAnsweredRateExceededAndRefillInSimulatedTime()
    {
        using var aws = new AwsHalf(_folder, reads: 5, writes: 1);
        for (var i = 0; i < 10; i++)
            aws.Ask("DescribeStacks");
        var error = Should.Throw<AwsException>(() => aws.Ask("DescribeStacks"));
        (error.Code, error.Message, error.Status).ShouldBe(("Throttling", "Rate exceeded", 400));
        aws.Move(1);
        for (var i = 0; i < 5; i++)
            aws.Ask("DescribeStacks");
        aws.Ask("CreateStack", ("StackName", "a"), ("TemplateBody", Keys));
        aws.Ask("CreateStack", ("StackName", "b"), ("TemplateBody", Keys));
        Should.Throw<AwsException>(() => aws.Ask("CreateStack", ("StackName", "c"), ("TemplateBody", Keys))).Code.ShouldBe("Throttling");
    }

    [Fact]
    public async Task Calls_ThrottledFailedAndDropped_AreSoBeforeOrAfterTheEffect()
    {
        await using var app = EmulatorApp.Build([], configuration => configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Emulator:Url"] = "http://127.0.0.1:0",
            ["Emulator:KubernetesUrl"] = "https://127.0.0.1:0",
            ["Emulator:DataFolder"] = _folder.Data,
            ["Templates:Path"] = _folder.Templates,
            ["Logging:LogLevel:Default"] = "Warning",
        }));
        await EmulatorApp.StartAsync(app);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal))) };
        async Task<string> WithFaultAsync(object fault)
        {
            (await http.PostAsJsonAsync("/_emulator/faults", fault)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            using var sts = new AmazonSecurityTokenServiceClient("portal-local", "portal-local-secret", new AmazonSecurityTokenServiceConfig { ServiceURL = http.BaseAddress!.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
            try
            {
                await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest());
                return "answered";
            }
            catch (AmazonServiceException error)
            {
                return $"{(int)error.StatusCode} {error.ErrorCode}";
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                return "dropped";
            }
        }

        (await WithFaultAsync(new { kind = "throttle", service = "sts", action = "GetCallerIdentity" })).ShouldBe("400 Throttling");
        (await WithFaultAsync(new { kind = "error" })).ShouldBe("500 InternalFailure");
        // With a rate, since HttpClient itself tries a second time where a kept connection breaks.
        (await WithFaultAsync(new { kind = "drop", when = "after", rate = 1.0 })).ShouldBe("dropped");
        await http.DeleteAsync("/_emulator/faults");
        (await WithFaultAsync(new { kind = "throttle", action = "CreateStack", rate = 1.0 })).ShouldBe("answered");
        (await http.GetFromJsonAsync<JsonObject>("/_emulator/faults"))!.Count.ShouldBe(1);
        await http.DeleteAsync("/_emulator/faults");
        (await http.GetFromJsonAsync<JsonObject>("/_emulator/faults"))!.Count.ShouldBe(0);
        (await http.GetFromJsonAsync<List<LedgerEntry>>("/_emulator/ledger?kind=request&service=sts"))!.Select(line => line.Detail).Distinct().ShouldBe(["Throttling", "InternalFailure", null]);
        (await http.GetStringAsync("/_emulator/ledger/duplicates")).ShouldBe("[]");
    }

    [Fact]
    public void Duplicates_MadeTwice_AreToldButReplacementsAreNot()
    {
        static LedgerEntry Entry(long id, string action, string subject, string? detail) => new(id, DateTimeOffset.UnixEpoch, "effect", "ec2", action, subject, detail);
        LedgerDuplicates.Find([Entry(1, "create", "vpc-1", "AWS::EC2::VPC net/Vpc"), Entry(2, "create", "vpc-2", "AWS::EC2::VPC net/Vpc" + LedgerDuplicates.Replacement), Entry(3, "delete", "vpc-1", "AWS::EC2::VPC net/Vpc")]).ShouldBeEmpty();
        LedgerDuplicates.Find([Entry(1, "create", "vpc-1", "AWS::EC2::VPC net/Vpc"), Entry(2, "delete", "vpc-1", "AWS::EC2::VPC net/Vpc"), Entry(3, "create", "vpc-2", "AWS::EC2::VPC net/Vpc")]).ShouldBeEmpty();
        LedgerDuplicates.Find([Entry(1, "create", "vpc-1", "AWS::EC2::VPC net/Vpc"), Entry(2, "create", "vpc-2", "AWS::EC2::VPC net/Vpc")]).Single().What.ShouldBe("AWS::EC2::VPC net/Vpc");
    }

    /// <summary>User guide, "Detecting unmanaged configuration changes".</summary>
    [Theory]
    [InlineData("Description", "MODIFIED", "/Description NOT_EQUAL")]
    [InlineData("Enabled", "MODIFIED", "/Enabled ADD")]
    [InlineData(null, "DELETED", "")]
    public void Drift_ResourceDisturbed_IsDetected(string? property, string status, string differences)
    {
        using var aws = new AwsHalf(_folder);
        aws.Create("keys", "Resources: { A: { Type: AWS::KMS::Key, Properties: { Description: mine } }, B: { Type: AWS::KMS::Key } }");
        aws.Move(100);
        aws.Get<StackDrift>().Disturb("keys", "A", property, "false").ShouldBeTrue();
        var id = aws.Ask("DetectStackDrift", ("StackName", "keys")).Descendants("StackDriftDetectionId").Single().Value;
        aws.Ask("DescribeStackDriftDetectionStatus", ("StackDriftDetectionId", id)).Descendants("DetectionStatus").Single().Value.ShouldBe("DETECTION_IN_PROGRESS");
        aws.Move(5);
        var done = aws.Ask("DescribeStackDriftDetectionStatus", ("StackDriftDetectionId", id));
        (done.Descendants("DetectionStatus").Single().Value, done.Descendants("StackDriftStatus").Single().Value, done.Descendants("DriftedStackResourceCount").Single().Value).ShouldBe(("DETECTION_COMPLETE", "DRIFTED", "1"));
        var drift = aws.Ask("DescribeStackResourceDrifts", ("StackName", "keys"), ("StackResourceDriftStatusFilters.member.1", status)).Descendants("StackResourceDriftStatus").Single().Parent!;
        drift.Element("LogicalResourceId")!.Value.ShouldBe("A");
        string.Join(' ', drift.Element("PropertyDifferences")!.Elements().Select(one => $"{one.Element("PropertyPath")!.Value} {one.Element("DifferenceType")!.Value}")).ShouldBe(differences);
        aws.Ask("DescribeStacks", ("StackName", "keys")).Descendants("StackDriftStatus").Single().Value.ShouldBe("DRIFTED");
    }

    public void Dispose() => _folder.Dispose();
}
