namespace Portal.Emulator.Contracts;

/// <summary>Where the emulator keeps what must survive a kill -9. A write is durable when the call returns.</summary>
public interface IDocumentStore
{
    void Put(string collection, string key, string json);

    /// <summary>Writes several documents in one transaction; a null value deletes.</summary>
    void PutAll(IReadOnlyCollection<(string Collection, string Key, string? Json)> documents);

    void Delete(string collection, string key);

    IReadOnlyList<KeyValuePair<string, string>> All(string collection);
}

/// <summary>What was asked of the emulator and what it did, to answer "was anything made twice?".</summary>
public interface ILedger
{
    /// <param name="kind"><c>request</c> or <c>effect</c>.</param>
    /// <param name="service">For example <c>cloudformation</c>, <c>kubernetes</c>, <c>elasticloadbalancing</c>.</param>
    /// <param name="action">For example <c>CreateStack</c> or <c>create</c>.</param>
    /// <param name="subject">The stack, resource or object it concerns.</param>
    /// <returns>The line's number.</returns>
    long Record(string kind, string service, string action, string subject, string? detail = null);

    /// <summary>A request was answered with an error: its code becomes the line's detail.</summary>
    void Refused(long line, string code);
}
