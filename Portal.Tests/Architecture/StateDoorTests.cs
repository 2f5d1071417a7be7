using System.Text.RegularExpressions;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Architecture;

/// <summary>The states of environments, requests, operations and steps are written by the lifecycle and by nothing else.</summary>
public sealed partial class StateDoorTests
{
    private static readonly string[] s_projects = ["Portal.Core", "Portal.Worker", "Portal"];

    [Fact]
    public void Source_OutsideTheLifecycle_WritesNoState()
    {
        var writers = Sources().Where(source => Writes(source.Text)).Select(source => source.Name).ToList();

        writers.ShouldBe([Path.Combine("Portal.Core", "Operations", "Lifecycle.cs")]);
    }

    [Theory]
    [InlineData("update operations o set state = 'Running', epoch = 2 where id = @id", true)]
    [InlineData("update requests set plan = @plan where id = @id and state = 'Submitted'", false)]
    [InlineData("insert into steps (operation_id, name) values (1, 'x')", true)]
    [InlineData("update.SetProperty(row => row.State, EnvironmentState.Ready)", true)]
    [InlineData("database.Add(new RequestRow { State = RequestState.Submitted })", true)]
    public void Writes_Statement_IsTold(string text, bool writes) => Writes(text).ShouldBe(writes);

    private static bool Writes(string text) =>
        Updates().Matches(text).Any(update => State().IsMatch(update.Groups["set"].Value)) || Inserts().IsMatch(text);

    private static IEnumerable<(string Name, string Text)> Sources() => s_projects
        .SelectMany(project => Directory.EnumerateFiles(Path.Combine(ProgramUnderTest.RepositoryRoot, project), "*.cs", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(ProgramUnderTest.RepositoryRoot, path))
        .Where(name => !name.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
        .Select(name => (name, File.ReadAllText(Path.Combine(ProgramUnderTest.RepositoryRoot, name))));

    [GeneratedRegex(@"update\s+(environments|requests|operations|steps)\b(?<set>.*?)\bwhere\b", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Updates();

    [GeneratedRegex(@"\bstate\s*=", RegexOptions.None)]
    private static partial Regex State();

    [GeneratedRegex(@"insert\s+into\s+(environments|requests|operations|steps)\b|SetProperty\(row => row\.State\b|new (Environment|Request|Operation|Step)Row\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Inserts();
}
