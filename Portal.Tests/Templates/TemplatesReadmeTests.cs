namespace Portal.Tests.Templates;

public sealed class TemplatesReadmeTests
{
    /// <summary>With PORTAL_UPDATE_DOCS=1 it writes what it would otherwise demand.</summary>
    [Fact]
    public void Readme_GeneratedPart_SaysWhatTheFilesSay()
    {
        var readme = File.ReadAllText(TemplatesReadme.Path);
        var current = TemplatesReadme.Current(readme);
        if (Environment.GetEnvironmentVariable("PORTAL_UPDATE_DOCS") == "1")
            File.WriteAllText(TemplatesReadme.Path, current);
        else
            readme.ShouldBe(current, "Run PORTAL_UPDATE_DOCS=1 dotnet test Portal.Tests --filter FullyQualifiedName~TemplatesReadmeTests");
    }

    /// <summary>With PORTAL_RENDER_TO=folder it leaves what was rendered there, for cfn-lint.</summary>
    [Fact]
    public void Rendered_Each_IsATemplateByItself()
    {
        foreach (var template in StackTemplate.All.Where(template => template.Name.Contains('(')))
        {
            template.Body.ShouldNotContain("{%");
            template.Body.ShouldNotContain("{{");
            if (Environment.GetEnvironmentVariable("PORTAL_RENDER_TO") is { Length: > 0 } folder)
                File.WriteAllText(Path.Combine(folder, template.Name.Replace(" (", "-", StringComparison.Ordinal).Trim(')').Replace(' ', '-') + ".yaml"), template.Body);
        }
    }
}
