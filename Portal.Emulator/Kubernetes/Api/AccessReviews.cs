using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Security;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Questions about rights: kubectl auth can-i and kubectl auth whoami.</summary>
internal sealed class AccessReviews(Authorizer authorizer)
{
    public async Task AnswerAsync(HttpContext context, ApiPath path, KubernetesUser user)
    {
        var body = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted);
        body["kind"] = path.Kind.Kind;
        body["apiVersion"] = path.Kind.ApiVersion;
        body.Ensure("metadata")["creationTimestamp"] = null;
        body["status"] = path.Kind.Kind switch
        {
            "SelfSubjectReview" => Who(user),
            "SelfSubjectRulesReview" => Rules(authorizer.RulesOf(user, body.Text("spec", "namespace") ?? "default")),
            "SelfSubjectAccessReview" => Decision(user, body),
            _ => Decision(Subject(body), body),
        };
        await Answers.WriteAsync(context, body, StatusCodes.Status201Created);
    }

    private JsonObject Decision(KubernetesUser user, JsonObject body)
    {
        var reason = authorizer.Allows(user, Request(body));
        var status = new JsonObject { ["allowed"] = reason is not null };
        if (!string.IsNullOrEmpty(reason))
            status["reason"] = reason;
        return status;
    }

    private static AccessRequest Request(JsonObject body)
    {
        if (body.Object("spec", "nonResourceAttributes") is { } path)
            return new AccessRequest(path.Text("verb") ?? "", Path: path.Text("path") ?? "");

        var resource = body.Object("spec", "resourceAttributes");
        return new AccessRequest(
            resource.Text("verb") ?? "", resource.Text("group") ?? "", resource.Text("resource") ?? "", resource.Text("subresource") ?? "",
            resource.Text("name") ?? "", resource.Text("namespace") ?? "");
    }

    private static KubernetesUser Subject(JsonObject body) => new(
        body.Text("spec", "user") ?? "", "", [.. (body.Array("spec", "groups") ?? []).Select(group => group?.GetValue<string>() ?? "")], new Dictionary<string, string>(), []);

    private static JsonObject Who(KubernetesUser user)
    {
        var info = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
            info["uid"] = user.Uid;
        info["groups"] = user.Groups.Select(group => (JsonNode?)group).ToJsonArray();
        if (user.Extra.Count > 0)
            info["extra"] = new JsonObject(user.Extra.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonArray(pair.Value))));
        return new JsonObject { ["userInfo"] = info };
    }

    private static JsonObject Rules(IReadOnlyList<AccessRule> rules) => new()
    {
        ["resourceRules"] = rules.Where(rule => rule.Paths.Count == 0).Select(rule =>
        {
            var item = new JsonObject { ["verbs"] = Texts(rule.Verbs), ["apiGroups"] = Texts(rule.Groups), ["resources"] = Texts(rule.Resources) };
            if (rule.Names.Count > 0)
                item["resourceNames"] = Texts(rule.Names);
            return (JsonNode?)item;
        }).ToJsonArray(),
        ["nonResourceRules"] = rules.Where(rule => rule.Paths.Count > 0)
            .Select(rule => (JsonNode?)new JsonObject { ["verbs"] = Texts(rule.Verbs), ["nonResourceURLs"] = Texts(rule.Paths) }).ToJsonArray(),
        ["incomplete"] = false,
    };

    private static JsonArray Texts(IEnumerable<string> texts) => texts.Select(text => (JsonNode?)text).ToJsonArray();
}
