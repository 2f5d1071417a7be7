using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Features.Environments;

/// <summary>What a line of an event list says, as a string that the circuits share.</summary>
/// <remarks>It bears <c>in-feed</c>, the scope of the list's stylesheet (see Portal.csproj), as Blazor's own elements do.</remarks>
internal static class EventMarkup
{
    // An event is a new object with each reading of its environment, and goes with it.
    private static readonly ConditionalWeakTable<EventInfo, Line> s_kept = [];

    public static MarkupString Of(EventInfo one, Times times)
    {
        // Of two zones that look at once, each has the other's thrown away; nothing worse.
        if (!s_kept.TryGetValue(one, out var line) || line.Zone != times.ZoneName)
            s_kept.AddOrUpdate(one, line = new Line(times.ZoneName, Write(one, times)));
        return line.Text;
    }

    private static MarkupString Write(EventInfo one, Times times)
    {
        var look = Tone.Of(one.Severity);
        MarkupString? severity = one.Severity == EventSeverity.Info ? null
            : Markup.Of($"""{IconSet.Of(look.Icon)}<span in-feed class="visually-hidden">{look.Word}: </span>""");
        MarkupString? who = one.By.Kind == ActorKind.System ? null
            : Markup.Of($"""<span in-feed class="who" title="{one.By.Name}">{IconSet.Of("user")}<span in-feed class="visually-hidden">{one.By.Name}: </span></span>""");
        MarkupString? token = one.By.Kind != ActorKind.Token ? null : Markup.Of($"""<span in-feed class="dim"> · by {one.By.Name}</span>""");
        return Markup.Of($"""<time in-feed datetime="{one.At.ToString("O", CultureInfo.InvariantCulture)}" title="{times.Full(one.At)}">{times.Clock(one.At)}</time><span in-feed>{severity}{who}{times.Told(one.Message)}{token}</span>""");
    }

    private sealed record Line(string Zone, MarkupString Text);
}
