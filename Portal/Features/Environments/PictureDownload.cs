using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Components.Shared;
using Portal.Components.Topology;
using Portal.Core.Environments;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Environments;

/// <summary>An environment's picture as a file: SVG in either theme, and text for Mermaid.</summary>
internal static class PictureDownload
{
    /// <summary>Of the picture as it is now; <paramref name="query"/> says what of it, as the page's own address does.</summary>
    public static string UrlOf(string environment, string file, params (string Name, string? Value)[] query) => PageAddress.Of($"/environments/{environment}/{file}", query);

    public static void MapPictureDownload(this WebApplication app)
    {
        app.MapGet("/environments/{name}/picture.svg", SvgAsync).RequireAuthorization(nameof(Permission.View));
        app.MapGet("/environments/{name}/picture.mmd", MermaidAsync).RequireAuthorization(nameof(Permission.View));
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> SvgAsync(
        string name, string? theme, string? network, HttpContext context, EnvironmentQueries environments, TopologyBuilder topologies, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, context, environments, cancellationToken) is not { } snapshot)
            return TypedResults.NotFound();
        var now = clock.GetUtcNow();
        var topology = topologies.Build(snapshot, now);
        var svg = PictureSvg.Write(
            topology, PictureLayout.Of(topology, new PictureOptions { Network = network == "1" }),
            $"{snapshot.Environment.Name} · {new EnvironmentView(snapshot, topologies, now).Tone.Word} · {Text.Moment(now)}", theme == "dark" ? PicturePalette.Dark : PicturePalette.Light);
        return TypedResults.File(Encoding.UTF8.GetBytes(svg), "image/svg+xml", $"{snapshot.Environment.Name}.svg");
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> MermaidAsync(
        string name, HttpContext context, EnvironmentQueries environments, TopologyBuilder topologies, TimeProvider clock, CancellationToken cancellationToken) =>
        await FindAsync(name, context, environments, cancellationToken) is { } snapshot
            ? TypedResults.File(Encoding.UTF8.GetBytes(MermaidText.Of(topologies.Build(snapshot, clock.GetUtcNow()), node => TopologyView.ToneOf(node).Word)), "text/plain; charset=utf-8", $"{snapshot.Environment.Name}.mmd")
            : TypedResults.NotFound();

    // Postgres refuses to be asked for what it could not hold.
    private static async Task<EnvironmentSnapshot?> FindAsync(string name, HttpContext context, EnvironmentQueries environments, CancellationToken cancellationToken) =>
        PlainText.Clean(name) == name && await environments.FindAsync(CurrentActor.From(context.User), name, cancellationToken) is { } id
            ? await environments.SnapshotAsync(id, cancellationToken)
            : null;
}
