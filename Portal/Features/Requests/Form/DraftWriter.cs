using System.Globalization;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>What an environment is → the form as if it had been typed. The other way of <see cref="DraftReader"/>. Pure.</summary>
public static class DraftWriter
{
    public static RequestDraft Write(Specification specification)
    {
        var draft = Draft(specification);
        SharedStoreDraft.Number(draft);
        // The stores first: who uses another service's knows it by its key.
        foreach (var (service, written) in specification.Services.Zip(draft.Services))
        {
            written.SharedStores = [.. service.SharedStores.Select(shared => new SharedStoreDraft
            {
                Name = shared.Name,
                Access = shared.Access,
                Store = draft.Services.FirstOrDefault(other => other.Name == shared.Service)?.Stores.Find(store => store.Name == shared.Store)?.Key ?? 0,
            })];
        }

        return draft;
    }

    private static RequestDraft Draft(Specification specification) => new()
    {
        Environment = specification.Environment,
        Target = specification.Target,
        Class = specification.Class,
        LifetimeDays = Text(specification.LifetimeDays),
        CostCentre = specification.CostCentre,
        Cidr = specification.Network.Cidr,
        Zones = Text(specification.Network.Zones),
        NatGateways = specification.Network.NatGateways,
        InterfaceEndpoints = specification.Network.InterfaceEndpoints,
        Stage = specification.Edge.Stage,
        ThrottleRate = Text(specification.Edge.ThrottleRate),
        ThrottleBurst = Text(specification.Edge.ThrottleBurst),
        Mode = specification.Cluster.Mode,
        Size = specification.Cluster.Size,
        KubernetesVersion = specification.Cluster.KubernetesVersion,
        NodeSystem = specification.Cluster.NodeSystem,
        NodeCapacity = specification.Cluster.NodeCapacity,
        MinNodes = Text(specification.Cluster.MinNodes),
        MaxNodes = Text(specification.Cluster.MaxNodes),
        EndpointCidrs = string.Join(' ', specification.Cluster.EndpointCidrs),
        Edge = EdgeDraft.Write(specification.Edge),
        OpenCalls = specification.OpenCalls,
        Services = [.. specification.Services.Select((service, index) => new ServiceDraft
        {
            Key = index + 1,
            Name = service.Name,
            Image = service.Image,
            Port = Text(service.Port),
            Path = service.Path,
            Replicas = Text(service.Replicas),
            HealthPath = service.HealthPath,
            Stores = [.. service.Stores.Select(store => new StoreDraft { Name = store.Name, Type = store.Type, Options = new(store.Options.ToDictionary(), StringComparer.Ordinal) })],
            Access = AccessDraft.Write(service),
            Runtime = Runtime(service.Runtime),
            Kind = service.Kind,
            ServicePort = service.ServicePort is { } reached ? Text(reached) : "",
            Protocol = service.Protocol,
            Ports = [.. service.Ports.Select(PortDraft.Of)],
            Start = ProbeDraft.Of(service.Start),
            Readiness = ProbeDraft.Of(service.Readiness),
            Liveness = ProbeDraft.Of(service.Liveness),
            Schedule = ScheduleDraft.Of(service.Schedule),
            Job = RolloutJobDraft.Of(service.BeforeRollout),
            IsInternal = service.Exposure == Exposure.Internal,
            Calls = [.. specification.Services.Select((other, place) => (other.Name, Key: place + 1)).Where(other => service.Calls.Contains(other.Name)).Select(other => other.Key)],
            Files = [.. service.Files.Select(file => new FileDraft { Path = file.Path, Content = file.Content })],
            PullSecret = service.PullSecret,
            SecretKeys = string.Join(' ', service.SecretKeys),
            Variables = [.. service.Variables.Select(variable => new VariableDraft { Name = variable.Name, Value = variable.Value })],
        })],
    };

    private static RuntimeDraft Runtime(RuntimeSpecification runtime) => new()
    {
        Cpu = Text(runtime.Cpu),
        Memory = Text(runtime.Memory),
        MemoryLimit = Text(runtime.MemoryLimit),
        MaxReplicas = Text(runtime.MaxReplicas),
        ScaleAt = Text(runtime.ScaleAt),
        Command = WordList.Join(runtime.Command),
        Arguments = WordList.Join(runtime.Arguments),
        User = Text(runtime.User),
        WritableFolders = WordList.Join(runtime.WritableFolders),
        LivenessPath = runtime.LivenessPath,
        StartSeconds = Text(runtime.StartSeconds),
        GraceSeconds = Text(runtime.GraceSeconds),
    };

    internal static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
