using System.Text;

namespace Portal.Emulator.Aws;

/// <summary>Opaque continuation tokens. They name the last item given, so that items which come or go in between shift nothing.</summary>
internal static class Paging
{
    /// <param name="items">In the order of the answer.</param>
    /// <param name="keyOf">Unique and stable.</param>
    public static (IReadOnlyList<T> Page, string? NextToken) Page<T>(IEnumerable<T> items, Func<T, string> keyOf, string? token, int size, Func<Exception>? invalid = null)
    {
        var all = items as IReadOnlyList<T> ?? [.. items];
        var start = 0;
        if (token is not null)
        {
            var key = Decode(token);
            start = key is null ? -1 : Enumerable.Range(0, all.Count).Where(i => keyOf(all[i]) == key).Select(i => i + 1).DefaultIfEmpty(-1).First();
            if (start < 0)
                throw invalid?.Invoke() ?? AwsException.Validation("The specified next token is invalid.");
        }

        var page = all.Skip(start).Take(size).ToList();
        return (page, start + page.Count < all.Count ? Encode(keyOf(page[^1])) : null);
    }

    private static string Encode(string key) => Convert.ToBase64String(Encoding.UTF8.GetBytes(key));

    private static string? Decode(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }
}
