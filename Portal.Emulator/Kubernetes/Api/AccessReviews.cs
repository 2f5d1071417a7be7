using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>kubectl auth can-i. Every admitted principal is an administrator: access entries decide who gets in at all.</summary>
internal static class AccessReviews
{
    public static async Task AnswerAsync(HttpContext context, string review)
    {
        if (review is not ("selfsubjectaccessreviews" or "subjectaccessreviews"))
            throw ApiException.NoSuchPath();

        var body = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted);
        body["status"] = new JsonObject { ["allowed"] = true, ["reason"] = "the access entry of the principal is a cluster administrator's" };
        await Answers.WriteAsync(context, body, StatusCodes.Status201Created);
    }
}
