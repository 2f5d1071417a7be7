using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Features.Environments;

/// <summary>Which events of an environment its page shows: as its address says it. Pure.</summary>
public sealed record EventLog(string Environment, EventFilter Filter)
{
    /// <summary>Null for now.</summary>
    public ReplayMoment? Moment { get; init; }

    /// <param name="steps">Names of those that there are.</param>
    /// <param name="people">Names of those who did something.</param>
    public static EventLog Read(string environment, EventLogAddress address, QueryReader query, IEnumerable<string> steps, IEnumerable<string> people) => new(
        environment,
        new EventFilter
        {
            Search = query.Search(address.Search),
            Severity = query.Choice<EventSeverity>("severity", address.Severity),
            Step = query.OneOf("step", address.Step, steps),
            By = query.OneOf("by", address.By, people),
        });

    public string Address => PageAddress.Of(
        $"/environments/{Environment}",
        [("tab", "events"), ("search", Filter.Search), ("severity", Filter.Severity?.ToString().ToLowerInvariant()), ("step", Filter.Step), ("by", Filter.By), .. ReplayMoment.ParametersOf(Moment)]);

    public EventLog With(Func<EventFilter, EventFilter> change) => this with { Filter = change(Filter) };
}

/// <summary>The parameters as they stand in the address.</summary>
public sealed record EventLogAddress(string? Search, string? Severity, string? Step, string? By);
