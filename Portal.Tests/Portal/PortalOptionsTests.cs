using Portal.Infrastructure.Hosting;

namespace Portal.Tests.Hosting;

public sealed class PortalOptionsTests
{
    [Fact]
    public void Validate_SeveralFaults_SaysThemAllAtOnce()
    {
        var options = new PortalOptions
        {
            Targets =
            {
                new TargetOptions { Name = "a", AccountId = "12", Region = "us-east-1", ApiAccessCidrs = "10.0.0.0/8, nonsense" },
                new TargetOptions { Name = "b", AccountId = "000000000000", Region = "us-east-1", ExternalId = "x", TemplateBucket = "s3://b", EventQueue = "arn:aws:sqs:us-east-1:000000000000:q" },
                new TargetOptions { Name = "a", AccountId = "000000000000", Region = "", EndpointUrl = "localhost:4566", FrontDoorUrl = "http://localhost:4566", Pace = 0 },
            },
        };

        var failures = new PortalOptionsValidator().Validate(null, options).Failures!.ToList();

        failures.Count.ShouldBe(10);
        failures.ShouldContain("Portal:Targets:2:FrontDoorUrl is 'http://localhost:4566'; give an absolute http or https address with {api} in it, or leave it out for AWS.");
        failures.ShouldContain("Portal:Targets:1:EventQueue is 'arn:aws:sqs:us-east-1:000000000000:q'; give the queue's name, not its address or ARN.");
        failures.ShouldContain("Portal:Targets:0:AccountId is '12'; an AWS account has 12 digits.");
        failures.ShouldContain("Portal:Targets:0:ApiAccessCidrs has 'nonsense'; give IPv4 blocks such as 203.0.113.0/24, separated by commas.");
    }

    [Fact]
    public void Validate_EmulatorAsTarget_IsFine() => new PortalOptionsValidator().Validate(null, new PortalOptions
    {
        Targets = { new TargetOptions { Name = "sandbox", AccountId = "000000000000", Region = "us-east-1", EndpointUrl = "http://127.0.0.1:4566", FrontDoorUrl = "http://127.0.0.1:4566/_emulator/apis/{api}", Pace = 60 } },
    }).Succeeded.ShouldBeTrue();
}
