using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>
/// The part of the API's description that clients act upon: the types, which kinds can be patched, and that the server takes
/// fieldValidation and dryRun.
/// </summary>
internal static class OpenApi
{
    /// <summary>
    /// The only form in which kubectl and helm read /openapi/v2 (gnostic's openapi.v2.Document). They ask for it with an @ before
    /// the version, which no MIME parser takes: the answer writes a dot, as the API server's does.
    /// </summary>
    public const string ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private static readonly string[] _parameters = ["dryRun", "fieldManager", "fieldValidation", "force"];

    public static JsonObject Index(IReadOnlyList<ResourceKind> kinds, string prefix)
    {
        var paths = new JsonObject();
        foreach (var version in kinds.GroupBy(kind => kind.ApiVersion))
        {
            var path = Root(version.First());
            var hash = Seeded.Hex(string.Join(',', version.Select(kind => kind.Kind + kind.CustomSchema?.ToJsonString())), 32).ToUpperInvariant();
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"{prefix}/openapi/v3/{path}?hash={hash}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    public static JsonObject? V3(IReadOnlyList<ResourceKind> kinds, string root)
    {
        var members = kinds.Where(kind => Root(kind) == root).ToList();
        if (members.Count == 0)
            return null;

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "unversioned" },
            ["paths"] = new JsonObject(members.Select(kind => KeyValuePair.Create(PathOf(kind), (JsonNode?)Item(kind, v3: true)))),
            ["components"] = new JsonObject { ["schemas"] = new OpenApiSchemas("#/components/schemas/", isV3: true).Of(members) },
        };
    }

    public static JsonObject V2(IReadOnlyList<ResourceKind> kinds) => new()
    {
        ["swagger"] = "2.0",
        ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "unversioned" },
        ["paths"] = new JsonObject(kinds.Select(kind => KeyValuePair.Create(PathOf(kind), (JsonNode?)Item(kind, v3: false)))),
        ["definitions"] = Definitions(kinds),
    };

    /// <summary>Field numbers from gnostic's openapiv2/OpenAPIv2.proto.</summary>
    public static byte[] V2Protobuf(IReadOnlyList<ResourceKind> kinds)
    {
        var document = new ProtobufWriter()
            .Text(1, "2.0")
            .Message(2, info => info.Text(1, "Kubernetes").Text(2, "unversioned"))
            .Message(8, paths =>
            {
                foreach (var kind in kinds)
                    paths.Message(2, path => path.Text(1, PathOf(kind)).Message(2, item => item.Message(8, operation => Patch(operation, kind))));
            })
            .Message(9, definitions => OpenApiProtobuf.Named(definitions, Definitions(kinds)));
        return document.ToArray();
    }

    private static JsonObject Definitions(IReadOnlyList<ResourceKind> kinds) => new OpenApiSchemas("#/definitions/", isV3: false).Of(kinds);

    private static void Patch(ProtobufWriter operation, ResourceKind kind)
    {
        foreach (var name in _parameters)
        {
            // ParametersItem > Parameter > NonBodyParameter > QueryParameterSubSchema
            operation.Message(8, item => item.Message(1, parameter => parameter.Message(2, nonBody => nonBody.Message(
                3, query => query.Text(2, "query").Text(4, name).Text(6, "string")))));
        }

        operation.Message(9, _ => { });
        operation.Message(13, extension => extension.Text(1, "x-kubernetes-group-version-kind").Message(2, any => any.Text(
            2, $"group: \"{kind.Group}\"\nkind: {kind.Kind}\nversion: {kind.Version}\n")));
    }

    private static JsonObject Item(ResourceKind kind, bool v3)
    {
        var parameters = new JsonArray();
        foreach (var name in _parameters)
        {
            var parameter = new JsonObject { ["name"] = name, ["in"] = "query" };
            if (v3)
                parameter["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true };
            else
                parameter["type"] = "string";
            parameters.Add(parameter);
        }

        return new JsonObject
        {
            ["patch"] = new JsonObject
            {
                ["parameters"] = parameters,
                ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
                ["x-kubernetes-action"] = "patch",
                ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version },
            },
        };
    }

    private static string Root(ResourceKind kind) => kind.Group.Length == 0 ? "api/v1" : $"apis/{kind.Group}/{kind.Version}";

    private static string PathOf(ResourceKind kind) =>
        kind.Namespaced ? $"/{Root(kind)}/namespaces/{{namespace}}/{kind.Plural}/{{name}}" : $"/{Root(kind)}/{kind.Plural}/{{name}}";
}
