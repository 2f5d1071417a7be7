using System.Text;
using System.Text.RegularExpressions;
using Bunit;
using MudBlazor;
using MudBlazor.Services;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Components;

/// <summary>
/// MudThemeProvider writes MudBlazor's variables into the page only once the circuit is there, which paints white first in the dark.
/// So they stand in a file, made here of our tokens: run with <c>PORTAL_WRITE_THEME=1</c> after a change of either.
/// </summary>
public sealed partial class MudThemeTests
{
    private static readonly string s_assets = Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal", "wwwroot");

    [Fact]
    public void MudTheme_OfTheTokens_IsWhatIsServed()
    {
        var file = Path.Combine(s_assets, "mud-theme.css");
        var css = Css(File.ReadAllText(Path.Combine(s_assets, "tokens.css")));
        if (Environment.GetEnvironmentVariable("PORTAL_WRITE_THEME") == "1")
            File.WriteAllText(file, css);

        File.ReadAllText(file).ShouldBe(css, "wwwroot/mud-theme.css is not what the tokens give: run this test with PORTAL_WRITE_THEME=1 and commit the file.");
    }

    [Fact]
    public void MudTheme_Dark_SaysEveryColourThatDiffers()
    {
        var css = File.ReadAllText(Path.Combine(s_assets, "mud-theme.css"));

        css.ShouldContain("--mud-palette-surface: rgba(255,255,255,1);");
        css[css.IndexOf("[data-theme=dark]", StringComparison.Ordinal)..].ShouldContain("--mud-palette-surface: rgba(23,28,37,1);");
        css.ShouldNotContain("Roboto','Helvetica'");
    }

    private static string Css(string tokens)
    {
        var light = Tokens(tokens, ":root");
        var dark = new Dictionary<string, string>(light, StringComparer.Ordinal);
        foreach (var (name, value) in Tokens(tokens, "[data-theme=dark]"))
            dark[name] = value;
        var theme = new MudTheme
        {
            PaletteLight = Colour(new PaletteLight(), light),
            PaletteDark = Colour(new PaletteDark(), dark),
            LayoutProperties = { DefaultBorderRadius = light["radius-small"], DrawerWidthLeft = "260px" },
        };
        Write(theme.Typography, light["font"]);
        var (lightLines, darkLines) = (Variables(theme, isDark: false), Variables(theme, isDark: true));
        return $"""
            /* MudBlazor's variables, made of tokens.css by MudThemeTests: change the tokens, not this. */
            :root {"{"}
            {string.Join('\n', lightLines.Select(line => "  " + line))}
            {"}"}

            [data-theme=dark] {"{"}
            {string.Join('\n', darkLines.Except(lightLines).Select(line => "  " + line))}
            {"}"}

            """;
    }

    private static Dictionary<string, string> Tokens(string css, string selector)
    {
        var from = css.IndexOf(selector + " {", StringComparison.Ordinal);
        return Token().Matches(css[from..css.IndexOf('}', from)]).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Trim(), StringComparer.Ordinal);
    }

    // Real colours, not var(): the library makes lighter, darker and transparent ones of them.
    private static T Colour<T>(T palette, Dictionary<string, string> tokens)
        where T : Palette
    {
        palette.Primary = palette.Info = palette.AppbarBackground = tokens["accent"];
        palette.PrimaryContrastText = palette.InfoContrastText = palette.AppbarText = tokens["accent-ink"];
        palette.Secondary = palette.Dark = tokens["ink-2"];
        palette.Tertiary = tokens["vpc"];
        (palette.Success, palette.Warning, palette.Error) = (tokens["ok"], tokens["warn"], tokens["bad"]);
        palette.SecondaryContrastText = palette.TertiaryContrastText = palette.SuccessContrastText = palette.WarningContrastText
            = palette.ErrorContrastText = palette.DarkContrastText = tokens["surface"];
        palette.TextPrimary = palette.DrawerText = palette.Black = tokens["ink"];
        palette.TextSecondary = palette.ActionDefault = palette.DrawerIcon = tokens["ink-2"];
        palette.TextDisabled = palette.ActionDisabled = tokens["ink-3"];
        palette.ActionDisabledBackground = palette.BackgroundGray = palette.TableStriped = palette.TableHover = palette.Skeleton = tokens["sunken"];
        palette.Background = tokens["bg"];
        palette.Surface = palette.DrawerBackground = tokens["surface"];
        palette.LinesDefault = palette.TableLines = palette.Divider = palette.DividerLight = tokens["line"];
        palette.LinesInputs = tokens["line-strong"];
        return palette;
    }

    // The sizes of portal.css; the library's are made for thumbs.
    private static void Write(Typography typography, string font)
    {
        string[] families = [.. font.Split(',', StringSplitOptions.TrimEntries).Select(family => family.Trim('"'))];
        foreach (var style in new BaseTypography[]
        {
            typography.Default, typography.H1, typography.H2, typography.H3, typography.H4, typography.H5, typography.H6, typography.Subtitle1, typography.Subtitle2,
            typography.Body1, typography.Body2, typography.Button, typography.Caption, typography.Overline,
        })
        {
            (style.FontFamily, style.FontSize, style.LineHeight, style.LetterSpacing, style.TextTransform) = (families, ".875rem", "1.45", "normal", "none");
        }

        typography.H6.FontSize = "1rem";
        typography.H6.FontWeight = "650";
        typography.Subtitle2.FontSize = typography.Body2.FontSize = typography.Button.FontSize = ".8125rem";
        typography.Button.FontWeight = "600";
        typography.Caption.FontSize = typography.Overline.FontSize = ".75rem";
    }

    private static List<string> Variables(MudTheme theme, bool isDark)
    {
        using var context = new BunitContext { JSInterop = { Mode = JSRuntimeMode.Loose } };
        context.Services.AddMudServices();
        var provider = context.Render<ReadableTheme>(parameters => parameters.Add(one => one.Theme, theme).Add(one => one.IsDarkMode, isDark));
        return [.. provider.Instance.Variables().Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
    }

    [GeneratedRegex("--([a-z0-9-]+):([^;]+);")]
    private static partial Regex Token();

    private sealed class ReadableTheme : MudThemeProvider
    {
        public string Variables()
        {
            var css = new StringBuilder();
            GenerateTheme(css);
            return css.ToString();
        }
    }
}
