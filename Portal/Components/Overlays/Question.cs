namespace Portal.Components.Overlays;

/// <summary>Asked once before something that cannot be taken back.</summary>
/// <param name="Text">What happens, and what is lost by it.</param>
/// <param name="Confirm">The button that does it, named by what it does.</param>
public sealed record Question(string Title, string Text, string Confirm);
