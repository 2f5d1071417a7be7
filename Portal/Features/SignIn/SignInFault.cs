namespace Portal.Features.SignIn;

/// <summary>Why somebody could not sign in, in words.</summary>
public sealed record SignInFault(string Title, string Text)
{
    public static SignInFault TooMany { get; } = new("Too many sign-ins", "There were more than this portal takes in a minute. Wait a minute, then try again.");

    public static SignInFault Declined { get; } = new("You were not signed in", "The identity provider says that the sign-in was declined. Try again, or ask whoever runs it.");

    public static SignInFault Away { get; } = new("The identity provider does not answer", "Nobody can sign in until it is back; who is signed in already goes on. Try again in a moment.");

    public static SignInFault Unfinished { get; } = new("The sign-in did not come to its end", "It took too long, was begun in another browser, or was sent twice. Try again from the start.");

    public static SignInFault Untrusted { get; } = new("The answer was not accepted", "What the identity provider sent does not prove who you are. It has been logged; tell whoever runs this portal.");

    public static SignInFault WrongTenant { get; } = new("Your organisation has no access", "You are signed in at an organisation whose people may not come in here. Try again with another account.");

    public static SignInFault PlainHttp { get; } = new("Sign-in needs HTTPS", "This portal was reached over plain HTTP, where a session could be stolen. Use its https address; behind a TLS proxy, its address belongs into Portal__Proxies.");
}
