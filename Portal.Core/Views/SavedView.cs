namespace Portal.Core.Views;

/// <summary>A page that lists something and whose views can be kept.</summary>
public enum ListedPage
{
    Environments,
    Requests,
}

/// <summary>A list as somebody wants to see it again.</summary>
/// <param name="Query">Filter, order and columns: what stands behind the question mark, without it.</param>
/// <param name="IsDefault">Shown where the page is opened without anything chosen; one a page at most.</param>
public sealed record SavedView(Guid Id, string Name, string Query, bool IsDefault)
{
    public const int MaxName = 60;
    public const int MaxQuery = 1000;

    /// <summary>On all pages together.</summary>
    public const int MaxAPerson = 30;

    internal static FieldError? FaultOf(string name) => name switch
    {
        "" => new FieldError("name", name, "A view needs a name: say what it shows."),
        { Length: > MaxName } => new FieldError("name", name, $"The name has {name.Length} characters; {MaxName} at most."),
        _ when name.Any(char.IsControl) => new FieldError("name", name, "The name holds characters that cannot be seen. Type it anew."),
        _ => null,
    };
}

/// <summary>The name cannot be used; says what would do.</summary>
public sealed record InvalidView(FieldError Error) : Refusal("invalid_view", Error.Message);

public sealed record ViewNameTaken(string Name) : Refusal("view_name_taken", $"You have a view called '{Name}' here already. Choose another name.");

public sealed record TooManyViews() : Refusal("too_many_views", $"You have {SavedView.MaxAPerson} views, which is as many as there can be. Delete one first.");
