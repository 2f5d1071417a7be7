using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Portal.Tests.Browser;

internal static class Axe
{
    private static readonly string s_script = new BundledAxeScriptProvider().GetScript();

    /// <summary>
    /// What axe finds wrong on the page as it is, WCAG 2.2 AA with the size of targets included, which axe leaves out by itself. Of all that it
    /// looks at, a scheme changes colours only: the dark one is looked at for these. While a menu is open, it is what is looked at: what lies
    /// half under it cannot be pressed.
    /// </summary>
    /// <remarks>Injected once a page: axe's own binding for Playwright does it at each run, and opens another page for the result.</remarks>
    public static async Task<string[]> AxeAsync(this IPage page, ColorScheme scheme)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
            await page.AddScriptTagAsync(new PageAddScriptTagOptions { Content = s_script });
        return await page.EvaluateAsync<string[]>(
            "async rules => (await axe.run(document.querySelector('.mud-popover-open') ? { include: [['.mud-popover-open'], ['.bar']] } : document, rules.length ? { runOnly: rules } : { rules: { 'target-size': { enabled: true } } })).violations.map(fault => `${fault.id}: ${fault.help} ${fault.nodes.map(node => node.html).join(', ')}`)",
            scheme == ColorScheme.Light ? Array.Empty<string>() : ["color-contrast", "link-in-text-block"]);
    }
}
