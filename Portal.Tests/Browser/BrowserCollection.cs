namespace Portal.Tests.Browser;

/// <summary>Browser tests run one at a time, after all others: a person does not share the machine with a thousand tests either.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BrowserCollection
{
    public const string Name = "Browser";
}
