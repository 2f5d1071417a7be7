using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Teams;
using Portal.Core.Topology;

namespace Portal.Features.Requests.Form;

/// <summary>What stands beside the form: what the specification would give.</summary>
/// <param name="Picture">Drawn even while fields need mending.</param>
/// <param name="Plan">Null while it cannot be planned.</param>
/// <param name="Refusal">Why it cannot; null while it can.</param>
public sealed record Preview(EnvironmentTopology Picture, CostEstimate Cost, Plan? Plan, Refusal? Refusal)
{
    /// <summary>Whether data would be lost by a change, so that the name has to be typed.</summary>
    public bool LosesData { get; init; }

    /// <summary>Who would have to agree; null while it cannot be planned.</summary>
    public ApprovalNeeds? Needs { get; init; }

    /// <summary>How much is used of what its team may have, without it.</summary>
    public IReadOnlyList<LimitUse> Limits { get; init; } = [];

    /// <summary>A picture of something half typed: enough pods to see, a name for every service.</summary>
    public static Specification Drawable(Specification specification)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return specification with
        {
            Services = [.. specification.Services.Select((service, index) => service with
            {
                Name = service.Name.Length > 0 && names.Add(service.Name) ? service.Name : $"service {index + 1}",
                Path = service.Path.Length > 0 || !service.IsPublic ? service.Path : "/ ?",
                Replicas = Math.Clamp(service.Replicas, 0, FieldLimits.Pods.High),
            })],
        };
    }
}

/// <summary>Runs once the typing pauses; a newer question cancels the older one, and an older answer never replaces a newer one.</summary>
public sealed class Debouncer(TimeSpan pause, TimeProvider clock) : IDisposable
{
    private CancellationTokenSource? _current;

    /// <returns>False where a newer call took its place.</returns>
    public Task<bool> RunAsync(Func<CancellationToken, Task> work)
    {
        _current?.Cancel();
        _current = new CancellationTokenSource();
        return RunAsync(work, _current);
    }

    public void Dispose()
    {
        _current?.Cancel();
        _current = null;
    }

    private async Task<bool> RunAsync(Func<CancellationToken, Task> work, CancellationTokenSource mine)
    {
        try
        {
            await Task.Delay(pause, clock, mine.Token);
            await work(mine.Token);
            return !mine.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (mine.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            if (ReferenceEquals(_current, mine))
                _current = null;
            mine.Dispose();
        }
    }
}
