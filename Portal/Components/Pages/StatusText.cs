namespace Portal.Components.Pages;

/// <summary>A refusal by status code, in words.</summary>
internal sealed record StatusText(string Title, string Text)
{
    public static StatusText Of(int code) => code switch
    {
        StatusCodes.Status400BadRequest => new("The form is too old", "It was opened before you signed in or out. Go back, reload it and send it again."),
        StatusCodes.Status403Forbidden => new("Your role does not open this page", "Ask an administrator for another role."),
        StatusCodes.Status404NotFound => new("There is no such page", "The address may be mistyped, or what stood here is gone."),
        StatusCodes.Status429TooManyRequests => new("Too many open pages", "You have as many pages of this portal open as one person may. Close one, then try again."),
        StatusCodes.Status503ServiceUnavailable => new("The database does not answer", "This page loads again by itself until it does. What you typed in a form is kept in this tab."),
        _ => new("Something went wrong", "It has been logged. Try again; if it stays so, tell whoever runs this portal."),
    };
}
