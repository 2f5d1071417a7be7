using Portal.Components.Shared;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Features.Requests;

/// <summary>What an option costs beside what else is asked for, in a few words. Pure.</summary>
public static class OptionPrice
{
    /// <param name="without">What is asked for, without the option.</param>
    /// <param name="with">The same with it.</param>
    public static string Of(ServiceCatalog catalog, Specification without, Specification with)
    {
        var costs = new CostEstimator(catalog);
        var (before, after) = (costs.Estimate(without), costs.Estimate(with));
        var byUse = after.Lines.Any(line => line.Monthly is null && !before.Lines.Any(other => other.Title == line.Title));
        return (after.Monthly - before.Monthly, byUse) switch
        {
            (0, false) => "no charge",
            (0, true) => "paid by use",
            (var more, false) => $"{Text.Money(more)} a month",
            (var more, true) => $"{Text.Money(more)} a month and by use",
        };
    }
}
