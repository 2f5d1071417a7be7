using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;

namespace Portal.Features.Environments;

/// <summary>Which resources of an environment its page shows and in which order: as its address says it. Pure.</summary>
public sealed record ResourceList(string Environment)
{
    private const string InOrderOfSteps = "step";
    private static readonly string[] States = ["ready", "waiting"];

    public static ListColumns All { get; } = new(
        new ListColumn("step", "Step", "step"),
        new ListColumn("type", "Type", "type"),
        new ListColumn("name", "Name", "name"),
        new ListColumn("id", "Physical id", "id", Sorts: false),
        new ListColumn("state", "State", "state"),
        new ListColumn("changed", "Changed", "changed") { DescendingFirst = true });

    /// <summary>Null for now.</summary>
    public ReplayMoment? Moment { get; init; }

    public string? Search { get; init; }

    public string? Step { get; init; }

    public string? Type { get; init; }

    /// <summary>Whether they can do their work; null for both.</summary>
    public bool? Ready { get; init; }

    public ListOrder Order { get; init; } = new(InOrderOfSteps, Descending: false);

    public static ResourceList Read(string environment, ResourceListAddress address, QueryReader query, EnvironmentSnapshot snapshot) => new(environment)
    {
        Search = query.Search(address.Search),
        Step = query.OneOf("step", address.Step, StepsOf(snapshot)),
        Type = query.OneOf("type", address.Type, snapshot.Resources.Select(row => row.Type)),
        Ready = query.OneOf("state", address.State, States) is { } state ? state == States[0] : null,
        Order = All.ReadOrder(query, address.Sort) ?? new ListOrder(InOrderOfSteps, Descending: false),
    };

    public string Address => PageAddress.Of(
        $"/environments/{Environment}",
        [("tab", "resources"), ("search", Search), ("state", Ready is { } ready ? States[ready ? 0 : 1] : null), ("step", Step), ("type", Type),
        ("sort", Order is { Key: InOrderOfSteps, Descending: false } ? null : Order.ToString()), .. ReplayMoment.ParametersOf(Moment)]);

    /// <summary>Those of the plan first, in its order; what was left by a plan before may follow.</summary>
    public static IEnumerable<string> StepsOf(EnvironmentSnapshot snapshot) =>
        Titled(snapshot).Select(step => step.Name).Union(snapshot.Resources.Select(row => row.Step), StringComparer.Ordinal);

    public static string TitleOf(EnvironmentSnapshot snapshot, string step) => Titled(snapshot).Where(one => one.Name == step).Select(one => one.Title).FirstOrDefault() ?? step;

    // The newest plan's, and those that it does not touch.
    private static IEnumerable<(string Name, string Title)> Titled(EnvironmentSnapshot snapshot) =>
        snapshot.Plan.Steps.Select(step => (step.Name, step.Title)).UnionBy(snapshot.Deployed.Select(step => (step.Name, step.Title)), step => step.Name, StringComparer.Ordinal);

    /// <param name="labelOf">What people call a type.</param>
    public IReadOnlyList<ResourceInfo> Of(EnvironmentSnapshot snapshot, Func<string, string> labelOf)
    {
        var ordinals = Titled(snapshot).Select((step, ordinal) => (step.Name, ordinal)).ToDictionary(step => step.Name, step => step.ordinal, StringComparer.Ordinal);
        var rows = snapshot.Resources.Where(row =>
            (Step is null || row.Step == Step) && (Type is null || row.Type == Type) && (Ready is null || row.Ready == Ready)
            && (Search is null || new[] { row.Name, row.Type, labelOf(row.Type), row.PhysicalId, row.State, row.Reason, row.Step, TitleOf(snapshot, row.Step) }
                .Any(text => text?.Contains(Search, StringComparison.OrdinalIgnoreCase) == true)));
        int Ordinal(ResourceInfo row) => ordinals.GetValueOrDefault(row.Step, int.MaxValue);
        var sorted = Order.Key switch
        {
            "type" => Sorted(rows, row => labelOf(row.Type), StringComparer.OrdinalIgnoreCase),
            "name" => Sorted(rows, row => row.Name, StringComparer.OrdinalIgnoreCase),
            "state" => Sorted(rows, row => (row.Ready, row.State), null),
            "changed" => Sorted(rows, row => row.ChangedAt, null),
            _ => Sorted(rows, Ordinal, null),
        };
        return [.. sorted.ThenBy(Ordinal).ThenBy(row => row.Step, StringComparer.Ordinal).ThenBy(row => row.Type, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal)];
    }

    private IOrderedEnumerable<ResourceInfo> Sorted<T>(IEnumerable<ResourceInfo> rows, Func<ResourceInfo, T> by, IComparer<T>? comparer) =>
        Order.Descending ? rows.OrderByDescending(by, comparer) : rows.OrderBy(by, comparer);
}

/// <summary>The parameters as they stand in the address.</summary>
public sealed record ResourceListAddress(string? Search, string? State, string? Step, string? Type, string? Sort);
