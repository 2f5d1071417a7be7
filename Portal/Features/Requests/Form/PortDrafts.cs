using System.Globalization;
using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>A port beside the service's own, as typed.</summary>
public sealed class PortDraft
{
    /// <summary>One more than can be submitted, so that one too many is named and not lost.</summary>
    public const int Most = 9;

    public string Name { get; set; } = "";
    public string Port { get; set; } = "9090";

    /// <summary>Empty for the container's own.</summary>
    public string ServicePort { get; set; } = "";

    public PortProtocol Protocol { get; set; } = PortProtocol.Http;

    public static PortDraft Of(PortSpecification port) => new()
    {
        Name = port.Name,
        Port = port.Port.ToString(CultureInfo.InvariantCulture),
        ServicePort = port.ServicePort?.ToString(CultureInfo.InvariantCulture) ?? "",
        Protocol = port.Protocol,
    };

    internal PortSpecification Read(string at, List<FieldError> errors) => new()
    {
        Name = Name.Trim(),
        Port = DraftReader.Number($"{at}.port", Port, 9090, errors),
        ServicePort = DraftReader.OptionalNumber($"{at}.servicePort", ServicePort, 80, errors),
        Protocol = Protocol,
    };
}

/// <summary>How a container is asked; as the service's port has it until somebody chooses otherwise.</summary>
public enum ProbeChoice
{
    Usual,
    Http,
    Tcp,
    Grpc,
    Command,
}

/// <summary>A probe as typed.</summary>
public sealed class ProbeDraft
{
    public ProbeChoice Kind { get; set; } = ProbeChoice.Usual;
    public string Path { get; set; } = "/health";
    public string Port { get; set; } = "";
    public string Command { get; set; } = "";

    public static ProbeDraft Of(ProbeSpecification? probe) => probe is null ? new ProbeDraft() : new ProbeDraft
    {
        Kind = Enum.Parse<ProbeChoice>(probe.Kind.ToString()),
        Path = probe.Kind == ProbeKind.Http ? probe.Path : "/health",
        Port = probe.Port,
        Command = WordList.Join(probe.Command),
    };

    /// <returns>Null for the usual. What another way of asking would need is left out.</returns>
    internal ProbeSpecification? Read(string at, List<FieldError> errors) => Kind switch
    {
        ProbeChoice.Usual => null,
        ProbeChoice.Command => new ProbeSpecification { Kind = ProbeKind.Command, Command = DraftReader.Words($"{at}.command", Command, errors) },
        ProbeChoice.Http => new ProbeSpecification { Path = Path.Trim(), Port = Port.Trim() },
        _ => new ProbeSpecification { Kind = Kind == ProbeChoice.Grpc ? ProbeKind.Grpc : ProbeKind.Tcp, Port = Port.Trim() },
    };
}
