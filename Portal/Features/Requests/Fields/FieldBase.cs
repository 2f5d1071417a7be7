using Microsoft.AspNetCore.Components;
using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Fields;

/// <summary>A labelled field of the request form, with its hint and its error tied to it for readers of every kind.</summary>
public abstract class FieldBase : ComponentBase
{
    [CascadingParameter]
    public FormScope Scope { get; set; } = default!;

    /// <summary>Path within the specification, as errors name it.</summary>
    [Parameter, EditorRequired]
    public string Field { get; set; } = "";

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    [Parameter]
    public string? Hint { get; set; }

    [Parameter]
    public string Value { get; set; } = "";

    [Parameter]
    public EventCallback<string> ValueChanged { get; set; }

    /// <summary>Whether it holds a text of many lines.</summary>
    protected virtual bool KeepsLines => false;

    protected string Id => Scope.Form.IdOf(Field);

    protected FieldError? Error => Scope.Form.ErrorAt(Field);

    /// <summary>Its golden path has it so.</summary>
    protected bool IsFixed => Scope.Form.IsFixed(Field);

    protected string? Said => IsFixed ? $"Fixed by the golden path '{Scope.Form.Path!.Title}'. {Hint}" : Hint;

    protected string? DescribedBy
    {
        get
        {
            var ids = string.Join(' ', new[] { Error is null ? null : $"{Id}-error", Said is null ? null : $"{Id}-hint" }.OfType<string>());
            return ids.Length > 0 ? ids : null;
        }
    }

    protected async Task SetAsync(string? value)
    {
        await ValueChanged.InvokeAsync(PlainText.Clean(value ?? "", KeepsLines));
        Scope.Changed();
    }

    protected void Touch()
    {
        Scope.Form.Touch(Field);
        Scope.Touched();
    }
}
