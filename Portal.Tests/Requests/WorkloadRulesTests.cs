using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

public sealed class WorkloadRulesTests
{
    private static readonly SpecificationValidator s_validator = new(Samples.Catalog);

    [Fact]
    public void Validate_ShopWithEveryKind_HasNothingToSay() => s_validator.Validate(Samples.Works()).ShouldBeEmpty();

    /// <summary>What is changed in the shop with every kind, the field it is refused at, and a part of the remedy.</summary>
    public static TheoryData<string, Func<ServiceSpecification, ServiceSpecification>, string, string> Refused => new()
    {
        { "products", service => service with { Schedule = new() }, "schedule", "Only a scheduled job has a schedule" },
        { "products", service => service with { Calls = ["mailer"] }, "calls[0]", "mailer is a worker: it has no port" },
        { "products", service => service with { BeforeRollout = new() }, "beforeRollout.command", "Say what runs, for example /app/migrate" },
        { "products", Job(job => job with { TimeLimitSeconds = 4_000 }), "beforeRollout.timeLimitSeconds", "10 to 3000 seconds" },
        { "products", Job(job => job with { Retries = 11 }), "beforeRollout.retries", "0 to 10 retries" },
        { "products", Job(job => job with { Arguments = [new string('a', 501)] }), "beforeRollout.arguments", "500 at most" },
        { "mailer", service => service with { Name = "products-before" }, "name", "what the job before the rollout of products is called" },
        { "mailer", service => service with { Path = "/mails" }, "path", "A worker has no port, and nobody calls it: leave the path out" },
        { "mailer", service => service with { Routes = [new()] }, "routes", "leave the routes out" },
        { "mailer", service => service with { Variables = [new("OWN", "${self.port}")] }, "variables[0].value", "There is nothing called ${self.port}" },
        { "mailer", service => service with { Runtime = new() { LivenessPath = "/live" } }, "runtime.livenessPath", "leave the liveness path out" },
        { "report", service => service with { Path = "/reports" }, "path", "A scheduled job has no port" },
        { "report", service => service with { Schedule = null }, "schedule.cron", "Say when it runs" },
        { "report", Schedule(schedule => schedule with { Cron = "every day" }), "schedule.cron", "needs five: minute" },
        { "report", Schedule(schedule => schedule with { TimeZone = "Mars/Base" }), "schedule.timeZone", "There is no time zone 'Mars/Base'" },
        { "report", Schedule(schedule => schedule with { TimeLimitSeconds = 5 }), "schedule.timeLimitSeconds", "10 to 86400 seconds" },
        { "report", Schedule(schedule => schedule with { StartWithinSeconds = 5 }), "schedule.startWithinSeconds", "10 to 86400 seconds" },
        { "report", Schedule(schedule => schedule with { Retries = -1 }), "schedule.retries", "0 to 10 retries" },
        { "report", service => service with { BeforeRollout = new() { Command = ["x"] } }, "beforeRollout", "its next run is the new one" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Validate_WhatTheKindCannot_NamesTheFieldAndARemedy(string name, Func<ServiceSpecification, ServiceSpecification> change, string field, string remedy)
    {
        var works = Samples.Works();
        var index = works.Services.ToList().FindIndex(service => service.Name == name);

        var errors = s_validator.Validate(works with { Services = [.. works.Services.Select(service => service.Name == name ? change(service) : service)] });

        var error = errors.ShouldHaveSingleItem();
        error.Field.ShouldBe($"services[{index}].{field}");
        error.Message.ShouldContain(remedy);
    }

    [Fact]
    public void Validate_JobsToo_HaveToFindRoom()
    {
        var works = Samples.Works();
        works = works with { Cluster = works.Cluster with { MaxNodes = 2 } };
        // As much as the two nodes of the size have for pods at all.
        var large = works with { Services = [.. works.Services.Select(service => service.Name == "report" ? service with { Runtime = new() { Cpu = 1_900, Memory = 128 } } : service with { Runtime = new() { Cpu = 700 } })] };

        s_validator.Validate(large).ShouldHaveSingleItem().Field.ShouldBe("cluster.size");
        s_validator.Validate(large with { Services = [.. large.Services.Where(service => service.Name != "report")] }).ShouldBeEmpty();
    }

    private static Func<ServiceSpecification, ServiceSpecification> Job(Func<RolloutJobSpecification, RolloutJobSpecification> change) =>
        service => service with { BeforeRollout = change(service.BeforeRollout!) };

    private static Func<ServiceSpecification, ServiceSpecification> Schedule(Func<ScheduleSpecification, ScheduleSpecification> change) =>
        service => service with { Schedule = change(service.Schedule!) };
}
