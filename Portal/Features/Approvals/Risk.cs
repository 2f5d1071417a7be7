using Portal.Components.Shared;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Features.Approvals;

/// <summary>What a request would do, and what could be bad about it, in one sentence.</summary>
public static class Risk
{
    public static string InWords(RequestSummary request)
    {
        var facts = request.Facts;
        var parts = new List<string>
        {
            $"A {RuleConditions.Noun(request.Kind)}{(facts is null ? "" : $" in {facts.Class.ToString().ToLowerInvariant()}")} on {request.Target}",
            request.Kind == RequestKind.Destroy ? "nothing a month afterwards" : $"{Text.Money(request.MonthlyCost)} a month{Rise(facts)}",
        };
        if (facts is { LosesData: true })
            parts.Add("data would be lost");
        if (facts is { IsOpen: true })
            parts.Add("something of it is open to everybody");
        return string.Join(" · ", parts) + (facts is null ? " · asked for before there were rules" : "");
    }

    private static string Rise(RequestFacts? facts) => facts is null || facts.Kind == RequestKind.Create || facts.Rise == 0 ? ""
        : facts.Rise > 0 ? $", {Text.Money(facts.Rise)} more than now" : $", {Text.Money(-facts.Rise)} less than now";
}
