using System.Globalization;
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

/// <summary>An environment's picture as a file: SVG in either theme, and text for Mermaid. Each says of which moment it is, now or one of a replay.</summary>
internal static class PictureDownload
{
    /// <param name="query">What of the picture, and which moment, as the page's own address says it.</param>
    public static string UrlOf(string environment, string file, params IEnumerable<(string Name, string? Value)> query) => PageAddress.Of($"/environments/{environment}/{file}", query);

    public static void MapPictureDownload(this WebApplication app)
    {
        app.MapGet("/environments/{name}/picture.svg", SvgAsync).RequireAuthorization(nameof(Permission.View));
        app.MapGet("/environments/{name}/picture.mmd", MermaidAsync).RequireAuthorization(nameof(Permission.View));
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> SvgAsync(string name, string? theme, string? network, [AsParameters] Wanted wanted, CancellationToken cancellationToken)
    {
        if (await wanted.LookAsync(name, cancellationToken) is not { } view)
            return TypedResults.NotFound();
        var svg = PictureSvg.Write(
            view.Topology, PictureLayout.Of(view.Topology, new PictureOptions { Network = network == "1" }), Caption(view), theme == "dark" ? PicturePalette.Dark : PicturePalette.Light);
        return TypedResults.File(Encoding.UTF8.GetBytes(svg), "image/svg+xml", FileName(view, "svg"));
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> MermaidAsync(string name, [AsParameters] Wanted wanted, CancellationToken cancellationToken) =>
        await wanted.LookAsync(name, cancellationToken) is { } view
            ? TypedResults.File(Encoding.UTF8.GetBytes(MermaidText.Of(view.Topology, node => TopologyView.ToneOf(node).Word, Caption(view))), "text/plain; charset=utf-8", FileName(view, "mmd"))
            : TypedResults.NotFound();

    private static string Caption(EnvironmentView view) =>
        $"{view.Snapshot.Environment.Name} · {view.Tone.Word} · {(view.IsReplay ? "as it was at " : "")}{Times.Utc.Moment(view.Now)}";

    private static string FileName(EnvironmentView view, string ending) =>
        view.IsReplay ? string.Create(CultureInfo.InvariantCulture, $"{view.Snapshot.Environment.Name}-{view.Now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.{ending}") : $"{view.Snapshot.Environment.Name}.{ending}";

    /// <summary>Which environment, and which moment of it.</summary>
    private sealed record Wanted(
        Guid? Replay, string? At, HttpContext Context, EnvironmentQueries Environments, ReplayQueries Replays, TopologyBuilder Topologies, TimeProvider Clock)
    {
        /// <returns>Null where there is no such environment, or operation of it, that the person sees.</returns>
        public async Task<EnvironmentView?> LookAsync(string name, CancellationToken cancellationToken)
        {
            var actor = CurrentActor.From(Context.User);
            // Postgres refuses to be asked for what it could not hold.
            if (PlainText.Clean(name) != name || await Environments.FindAsync(actor, name, cancellationToken) is not { } id)
                return null;
            if (Replay is not { } operation)
                return await Environments.SnapshotAsync(id, cancellationToken) is { } snapshot ? new EnvironmentView(snapshot, Topologies, Times.Utc, Clock.GetUtcNow()) : null;
            if (await Replays.ReadAsync(actor, id, operation, cancellationToken) is not { } recording)
                return null;
            var at = ReplayMoment.Read(At, recording);
            return new EnvironmentView(recording.At(at), Topologies, Times.Utc, recording.Begins + at, isReplay: true);
        }
    }
}
