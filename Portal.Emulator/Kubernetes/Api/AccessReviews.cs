using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>kubectl auth can-i. Every admitted principal is an administrator: access entries decide who gets in at all.</summary>
internal static class AccessReviews
{
    /// <summary>kubectl auth whoami.</summary>
    public static Task WhoAsync(HttpContext context, EksCaller caller) => Answers.WriteAsync(
        context,
        new JsonObject
        {
            ["kind"] = "SelfSubjectReview",
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["metadata"] = new JsonObject(),
            ["status"] = new JsonObject
            {
                ["userInfo"] = new JsonObject
                {
                    ["username"] = caller.PrincipalArn,
                    ["groups"] = new JsonArray("system:authenticated"),
                    ["extra"] = new JsonObject { ["arn"] = new JsonArray(caller.PrincipalArn) },
                },
            },
        },
        StatusCodes.Status201Created);

    public static async Task AnswerAsync(HttpContext context, string review)
    {
        if (review is not ("selfsubjectaccessreviews" or "subjectaccessreviews"))
            throw ApiException.NoSuchPath();

        var body = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted);
        body["status"] = new JsonObject { ["allowed"] = true, ["reason"] = "the access entry of the principal is a cluster administrator's" };
        await Answers.WriteAsync(context, body, StatusCodes.Status201Created);
    }
}
