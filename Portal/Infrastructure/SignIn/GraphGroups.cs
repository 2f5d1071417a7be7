using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Portal.Infrastructure.SignIn;

/// <summary>Microsoft Graph's list of the groups that somebody is in, also through other groups.</summary>
internal sealed class GraphGroups(HttpClient http, IOptions<SignInOptions> options) : IGroupLookup
{
    // A person may be in a few thousand groups; 20 pages of 999 are more than the directory's own limits make likely.
    private const int MaxPages = 20;

    public async Task<IReadOnlyCollection<string>> GroupsAsync(string accessToken, CancellationToken cancellationToken)
    {
        var start = new Uri(new Uri(options.Value.EntraId.GraphUrl.TrimEnd('/') + "/"), "me/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999");
        var groups = new List<string>();
        var next = start;
        for (var page = 0; page < MaxPages && next is not null; page++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, next) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", accessToken) } };
            using var response = await http.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
            using var body = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
            groups.AddRange(body.RootElement.GetProperty("value").EnumerateArray().Select(group => group.GetProperty("id").GetString()!));
            // The token goes to the same host only.
            next = body.RootElement.TryGetProperty("@odata.nextLink", out var link) && Uri.TryCreate(link.GetString(), UriKind.Absolute, out var url)
                && url.GetLeftPart(UriPartial.Authority) == start.GetLeftPart(UriPartial.Authority) ? url : null;
        }

        return groups;
    }
}
