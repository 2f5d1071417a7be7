using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Core.Environments;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>What a request asks for, as a file to keep or to ask for again.</summary>
internal static class SpecificationDownload
{
    public static string UrlOf(long number) => FormattableString.Invariant($"/requests/{number}/environment.yaml");

    public static void MapSpecificationDownload(this WebApplication app) =>
        app.MapGet("/requests/{number:long}/environment.yaml", AnswerAsync).RequireAuthorization(nameof(Permission.View));

    private static async Task<Results<FileContentHttpResult, NotFound>> AnswerAsync(long number, HttpContext context, RequestQueries requests, CancellationToken cancellationToken) =>
        await requests.RequestAsync(CurrentActor.From(context.User), number, cancellationToken) is { } detail
            ? TypedResults.File(Encoding.UTF8.GetBytes(SpecificationYaml.Write(detail.Specification)), "application/yaml", $"{detail.Environment.Name}.yaml")
            : TypedResults.NotFound();
}
