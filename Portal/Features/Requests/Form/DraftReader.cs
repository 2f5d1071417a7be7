using System.Globalization;
using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <param name="Specification">With the default in place of every number that is none, so that all the rest can be judged.</param>
/// <param name="NotNumbers">The fields that hold no number.</param>
public sealed record DraftReading(Specification Specification, IReadOnlyList<FieldError> NotNumbers);

/// <summary>What was typed → what is asked for. Pure.</summary>
public static class DraftReader
{
    public static DraftReading Read(RequestDraft draft)
    {
        var errors = new List<FieldError>();
        var edge = new EdgeSpecification();
        var specification = new Specification
        {
            Environment = draft.Environment.Trim(),
            Target = draft.Target,
            Class = draft.Class,
            LifetimeDays = draft.LifetimeDays.Length == 0 ? null : Number("lifetimeDays", draft.LifetimeDays, 1, errors),
            Network = new NetworkSpecification
            {
                Cidr = draft.Cidr.Trim(),
                Zones = Number("network.zones", draft.Zones, 2, errors),
                NatGateways = draft.NatGateways,
            },
            Edge = new EdgeSpecification
            {
                Stage = draft.Stage.Trim(),
                ThrottleRate = Number("edge.throttleRate", draft.ThrottleRate, edge.ThrottleRate, errors),
                ThrottleBurst = Number("edge.throttleBurst", draft.ThrottleBurst, edge.ThrottleBurst, errors),
            },
            Cluster = new ClusterSpecification { Mode = draft.Mode, Size = draft.Size, KubernetesVersion = draft.KubernetesVersion.Trim() },
            Services = [.. draft.Services.Select((service, index) => Service(service, index, errors))],
        };
        return new DraftReading(specification, errors);
    }

    private static ServiceSpecification Service(ServiceDraft service, int index, List<FieldError> errors) => new()
    {
        Name = service.Name.Trim(),
        Image = service.Image.Trim(),
        Port = Number($"services[{index}].port", service.Port, 8080, errors),
        Path = service.Path.Trim(),
        Replicas = Number($"services[{index}].replicas", service.Replicas, 2, errors),
        HealthPath = service.HealthPath.Trim(),
        DataStore = service.DataStore,
        Authentication = service.SignIn ? RouteAuthentication.Cognito : RouteAuthentication.None,
    };

    private static int Number(string field, string typed, int standIn, List<FieldError> errors)
    {
        var text = typed.Trim();
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        errors.Add(new FieldError(field, typed, text.Length switch
        {
            0 => $"A number is missing. Write a whole number, for example {standIn}.",
            _ when text.TrimStart('-', '+').All(char.IsAsciiDigit) => $"{text} is out of range. Write a smaller number, for example {standIn}.",
            _ => $"'{text}' is not a whole number. Write digits only, for example {standIn}.",
        }));
        return standIn;
    }
}
