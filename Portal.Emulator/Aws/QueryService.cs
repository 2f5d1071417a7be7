using System.Xml.Linq;

namespace Portal.Emulator.Aws;

/// <summary>A service of the Query protocol: a table of actions, each answering the content of its result.</summary>
internal abstract class QueryService(string signingName, string version, string ns) : IAwsService
{
    public string SigningName => signingName;

    public AwsProtocol Protocol => AwsProtocol.Query;

    public XNamespace Namespace { get; } = ns;

    /// <summary>A null result is an answer that carries metadata only.</summary>
    protected abstract IReadOnlyDictionary<string, Func<AwsRequest, XElement?>> Actions { get; }

    public string ActionOf(AwsRequest request) => request.Parameters["Action"] ?? "";

    public abstract string SubjectOf(AwsRequest request);

    /// <summary>Called before each action that exists, for limits on the rate of calls.</summary>
    protected virtual void Admit(string action, AwsRequest request)
    {
    }

    public AwsResponse Handle(AwsRequest request)
    {
        var action = ActionOf(request);
        if (action.Length == 0)
            throw new AwsException("MissingAction", "The request must contain the parameter Action");
        if (!Actions.TryGetValue(action, out var handle))
            throw new AwsException("InvalidAction", $"Could not find operation {action} for version {request.Parameters["Version"] ?? version}");
        Admit(action, request);
        return QueryXml.Response(Namespace, action, request.Id, handle(request));
    }
}
