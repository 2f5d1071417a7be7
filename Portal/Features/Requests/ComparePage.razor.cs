using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Specifications;

namespace Portal.Features.Requests;

/// <summary>Two specifications side by side. The address says which; what is typed becomes the address.</summary>
public sealed partial class ComparePage(ICompareDesk desk, NavigationManager navigation) : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private (string? Left, string? Right)? _shown;
    private (FoundSpecification Left, FoundSpecification Right)? _found;
    private IReadOnlyList<ComparedField>? _fields;
    private string _left = "";
    private string _right = "";
    private string? _leftWrong;
    private string? _rightWrong;
    private bool _showsSame;

    private string? Sentence => (_fields, _found) switch
    {
        (null, _) or (_, null) => "Two environments, two versions of one, or what a request asks for, field by field",
        ({ } fields, var (left, right)) => $"{left.Reference} and {right.Reference}: {Words.Count(fields.Count(one => one.Differs), "field differs", "fields differ")}",
    };

    public void Dispose()
    {
        _lifetime.Cancel();
        _lifetime.Dispose();
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == (Left, Right))
            return;
        var asked = (Left, Right);
        _shown = asked;
        (_left, _right) = (QueryReader.Clean(Left).Trim(), QueryReader.Clean(Right).Trim());
        (_found, _fields, _showsSame) = (null, null, false);
        var (left, leftWrong) = await FindAsync(_left);
        var (right, rightWrong) = await FindAsync(_right);
        // Another address may have been gone to meanwhile.
        if (_shown != asked)
            return;
        (_leftWrong, _rightWrong) = (leftWrong, rightWrong);
        if (left is null || right is null)
            return;
        _fields = SpecificationComparison.Of(left.Specification, right.Specification);
        _found = (left, right);
    }

    private async Task<(FoundSpecification? Found, string? Wrong)> FindAsync(string reference)
    {
        if (reference.Length == 0)
            return (null, null);
        var outcome = await desk.FindAsync(reference, _lifetime.Token);
        return (outcome.Value, outcome.Refusal?.Message);
    }

    private void Go()
    {
        _leftWrong = _left.Trim().Length == 0 ? "Say what to compare." : null;
        _rightWrong = _right.Trim().Length == 0 ? "Say what to compare it with." : null;
        if (_leftWrong is null && _rightWrong is null)
            navigation.NavigateTo(CompareDesk.Address(_left.Trim(), _right.Trim()));
    }
}
