using System.Globalization;
using Microsoft.Extensions.Options;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Helm;

/// <summary>Releases through the helm program.</summary>
internal sealed partial class HelmGateway(
    IEksTokens tokens, IKubernetes kubernetes, IOptions<WorkerHelmOptions> options, TimeProvider clock, ILogger<HelmGateway> logger) : IHelm
{
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(500);

    public async Task<ReleaseSnapshot> EnsureAsync(ReleaseRequest request, CancellationToken cancellationToken)
    {
        var digest = await ReleaseDigest.OfAsync(request, cancellationToken);
        await using var workspace = await HelmWorkspace.CreateAsync(tokens, request.Cluster, clock, cancellationToken);
        var helm = new Call(workspace, request.Cluster, request.Namespace, request.Name);

        var current = await RecoverAsync(helm, request, cancellationToken);
        // Once is enough even where it is wanted again: a runner that was taken for dead would begin anew what its successor has just done.
        if (current is { IsDeployed: true } && current.Digest == digest && (!request.Again || current.Description == request.Description))
            return current;

        await UpgradeAsync(helm, request, digest, cancellationToken);
        return (await HistoryAsync(helm, cancellationToken)).LastOrDefault()
            ?? throw new StepFailedException("helm_vanished", $"Release {request.Name} was removed while it was being installed.", canRetry: true);
    }

    public async Task<ReleaseSnapshot?> FindAsync(
        ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken)
    {
        await using var workspace = await HelmWorkspace.CreateAsync(tokens, cluster, clock, cancellationToken);
        return (await HistoryAsync(new Call(workspace, cluster, kubernetesNamespace, name), cancellationToken)).LastOrDefault();
    }

    public async Task<string?> ManifestAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken)
    {
        await using var workspace = await HelmWorkspace.CreateAsync(tokens, cluster, clock, cancellationToken);
        var output = await StartAsync(new Call(workspace, cluster, kubernetesNamespace, name), ["get", "manifest", name], cancellationToken);
        if (HelmErrors.IsNotFound(output))
            return null;
        return output.ExitCode == 0 ? output.StandardOutput : throw HelmErrors.Classify(output, name, options.Value.Path);
    }

    public async Task UninstallAsync(
        ClusterConnection cluster, string kubernetesNamespace, string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await using var workspace = await HelmWorkspace.CreateAsync(tokens, cluster, clock, cancellationToken);
        await UninstallAsync(new Call(workspace, cluster, kubernetesNamespace, name), timeout, cancellationToken);
    }

    private async Task UpgradeAsync(Call helm, ReleaseRequest request, string digest, CancellationToken cancellationToken)
    {
        var arguments = new List<string> { "upgrade", helm.Release };
        switch (request.Chart)
        {
            case ChartFolder folder:
                arguments.Add(Path.GetFullPath(folder.Path));
                break;
            case RepositoryChart chart:
                arguments.AddRange([chart.Name, $"--repo={chart.Repository}", $"--version={chart.Version}"]);
                break;
        }

        // Later files win, so what was asked for comes last.
        arguments.AddRange(request.ValuesFiles.Select(file => $"--values={Path.GetFullPath(file)}"));
        arguments.Add($"--values={await helm.Workspace.WriteValuesAsync(request.Values, cancellationToken)}");
        arguments.AddRange(
        [
            "--install", "--create-namespace", "--wait", "--wait-for-jobs", Seconds(request.Timeout), "--history-max=10",
            $"--description={ReleaseDigest.Describe(request.Description, digest)}",
        ]);
        if (request.Run is { } run)
            arguments.Add($"--set-string=run={run}");
        await RunAsync(helm, arguments, cancellationToken);
    }

    /// <summary>
    /// The newest revision, after whatever a killed helm left has been put right: helm itself refuses to touch a pending
    /// release for ever, because it cannot know that nobody works on it any more. We can, after a moment's grace:
    /// a runner is fenced, and its helm ends with it.
    /// </summary>
    private async Task<ReleaseSnapshot?> RecoverAsync(Call helm, ReleaseRequest request, CancellationToken cancellationToken)
    {
        var history = await SettledHistoryAsync(helm, cancellationToken);
        if (history.LastOrDefault() is not { } current)
            return null;
        if (!current.IsPending && current.Status is not ("uninstalling" or "uninstalled"))
            return current;

        if (request.Run is not null && current.IsPending)
        {
            await ForgetAsync(helm, [.. history.Where(revision => revision.IsPending)], cancellationToken);
            return history.LastOrDefault(revision => !revision.IsPending);
        }

        var good = current.IsPending ? history.LastOrDefault(revision => revision.Status is "deployed" or "superseded") : null;
        LogRecovery(helm.Release, current.Status, good?.Revision);
        if (good is not null)
            await RunAsync(helm, ["rollback", helm.Release, good.Revision.ToString(CultureInfo.InvariantCulture), Seconds(request.Timeout)], cancellationToken);
        else if (current.IsPending)
            await ForgetAsync(helm, history, cancellationToken);
        else
            await UninstallAsync(helm, request.Timeout, cancellationToken);
        return (await HistoryAsync(helm, cancellationToken)).LastOrDefault();
    }

    /// <summary>
    /// Removes only helm's own record of a first install that was killed. What it had made bears the release's name
    /// (meta.helm.sh/release-name), and the install that follows takes such objects over instead of making them again:
    /// https://helm.sh/docs/faq/changes_since_helm2 (three-way merge) and helm/helm#7649.
    /// </summary>
    private async Task ForgetAsync(Call helm, IReadOnlyList<ReleaseSnapshot> history, CancellationToken cancellationToken)
    {
        foreach (var revision in history)
            await kubernetes.DeleteSecretAsync(helm.Cluster, helm.Namespace, $"sh.helm.release.v1.{helm.Release}.v{revision.Revision}", cancellationToken);
    }

    private async Task<IReadOnlyList<ReleaseSnapshot>> SettledHistoryAsync(Call helm, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            var history = await HistoryAsync(helm, cancellationToken);
            if (history is not [.., { IsPending: true }] || clock.GetElapsedTime(began) >= options.Value.PendingGrace)
                return history;
            await Task.Delay(LookPause, clock, cancellationToken);
        }
    }

    private async Task UninstallAsync(Call helm, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var output = await StartAsync(helm, ["uninstall", helm.Release, "--wait", Seconds(timeout)], cancellationToken);
        if (output.ExitCode != 0 && !HelmErrors.IsNotFound(output))
            throw HelmErrors.Classify(output, helm.Release, options.Value.Path);
    }

    /// <summary>Oldest first; empty where there is no such release.</summary>
    private async Task<IReadOnlyList<ReleaseSnapshot>> HistoryAsync(Call helm, CancellationToken cancellationToken)
    {
        var output = await StartAsync(helm, ["history", helm.Release, "--max=10", "--output=json"], cancellationToken);
        if (HelmErrors.IsNotFound(output))
            return [];
        if (output.ExitCode != 0)
            throw HelmErrors.Classify(output, helm.Release, options.Value.Path);
        return ReleaseHistory.Read(output.StandardOutput, helm.Namespace, helm.Release);
    }

    private async Task RunAsync(Call helm, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var output = await StartAsync(helm, arguments, cancellationToken);
        if (output.ExitCode != 0)
            throw HelmErrors.Classify(output, helm.Release, options.Value.Path);
    }

    private Task<HelmOutput> StartAsync(Call helm, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        HelmProcess.RunAsync(options.Value.Path, helm.Workspace, [.. arguments, $"--namespace={helm.Namespace}"], clock, cancellationToken);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"--timeout={Math.Ceiling(time.TotalSeconds)}s");

    [LoggerMessage(LogLevel.Warning, "Release {Release} was left {Status} by a helm that was killed; going back to revision {Revision} (none: its record is removed and it is installed over what is there)")]
    private partial void LogRecovery(string release, string status, int? revision);

    private sealed record Call(HelmWorkspace Workspace, ClusterConnection Cluster, string Namespace, string Release);
}
