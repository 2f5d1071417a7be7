using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

public sealed class PortRulesTests
{
    private static readonly SpecificationValidator s_validator = new(Samples.Catalog);

    [Fact]
    public void Validate_EveryPortAndProbe_HasNothingToSay() => s_validator.Validate(Samples.Ports()).ShouldBeEmpty();

    /// <summary>Which service is changed and how, the field it is refused at, and a part of the remedy.</summary>
    public static TheoryData<int, Func<ServiceSpecification, ServiceSpecification>, string, string> Refused => new()
    {
        { 0, service => service with { Protocol = PortProtocol.Grpc }, "protocol", "no gRPC, no WebSocket" },
        { 0, service => service with { ServicePort = 0 }, "servicePort", "1 to 65535" },
        { 0, service => service with { Liveness = new() { Path = "/live" }, Runtime = new() { LivenessPath = "/live" } }, "liveness.kind", "leave one of the two out" },
        { 1, Another("Metrics"), "ports[1].name", "for example metrics" },
        { 1, Another("a--b"), "ports[1].name", "single hyphens" },
        { 1, Another("grpc"), "ports[1].name", "for example grpc-admin" },
        { 1, Another("metrics"), "ports[1].name", "There is a port 'metrics' already" },
        { 1, Port(port => port with { Port = 50051 }), "ports[0].port", "It listens at 50051 already" },
        { 1, Port(port => port with { Port = 70_000 }), "ports[0].port", "1 to 65535" },
        { 1, Port(port => port with { ServicePort = 80 }), "ports[0].servicePort", "reached at 80 already" },
        { 1, service => service with { Ports = [.. Enumerable.Range(0, 9).Select(n => new PortSpecification { Name = n == 0 ? "metrics" : $"p{n}", Port = 9100 + n })] }, "ports", "9 ports besides; 8 at most" },
        { 1, service => service with { Readiness = new() { Kind = ProbeKind.Tcp, Port = "admin" } }, "readiness.port", "Choose of metrics, or leave it empty" },
        { 1, service => service with { Readiness = new() { Path = "health" } }, "readiness.path", "Write it as /health" },
        { 1, service => service with { Start = new() { Kind = ProbeKind.Command } }, "start.command", "for example /app/healthy" },
        { 2, service => service with { Liveness = new() { Path = "/live" } }, "liveness.kind", "Give a command that is run in its container" },
        { 2, service => service with { Ports = [new() { Name = "metrics" }] }, "ports", "A worker has no port" },
        { 2, service => service with { ServicePort = 80 }, "servicePort", "leave the port out" },
        { 2, service => service with { Kind = WorkloadKind.ScheduledJob, Schedule = new() }, "liveness.kind", "Leave the probe out" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Validate_WhatCannotBe_NamesTheFieldAndARemedy(int index, Func<ServiceSpecification, ServiceSpecification> change, string field, string remedy)
    {
        var ports = Samples.Ports();

        var error = s_validator.Validate(ports with { Services = [.. ports.Services.Select((service, place) => place == index ? change(service) : service)] }).ShouldHaveSingleItem();

        error.Field.ShouldBe($"services[{index}].{field}");
        error.Message.ShouldContain(remedy);
    }

    private static Func<ServiceSpecification, ServiceSpecification> Another(string name) => service => service with { Ports = [.. service.Ports, new() { Name = name, Port = 9_100 }] };

    private static Func<ServiceSpecification, ServiceSpecification> Port(Func<PortSpecification, PortSpecification> change) =>
        service => service with { Ports = [change(service.Ports[0])] };
}
